/**
 * A load that has to succeed.
 *
 * @module
 */
import type { HeldState, Instance, LoadOutcome } from "./instance.ts";
import { Refutation } from "./law.ts";

/**
 * Gives an instance a state that fits it.
 *
 * @param instance What loads.
 * @param state What it is given.
 * @param strict Whether every name has to be there and no other; so by default.
 * @returns The names that only one side has.
 * @throws {Refutation} Of totality, if it refuses.
 */
export async function loaded(
  instance: Instance,
  state: HeldState,
  strict = true,
): Promise<LoadOutcome> {
  const outcome = await instance.load(state, strict);
  const { error, missing, unexpected, mismatched } = outcome;
  if (error === null) return outcome;
  throw new Refutation({
    what: "loadStateDict threw",
    expected: "no error",
    actual: `${error}: missing [${missing.join(", ")}], unexpected [${unexpected.join(", ")}], ` +
      `mismatched [${mismatched.join("; ")}]`,
    where: "loadStateDict",
  }, "totality");
}
