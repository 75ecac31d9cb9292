/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A constant is a buffer: a frozen parameter is one call away from being trained. */
export const frozenIsNotABuffer: Law<{ seed: number }> = law({
  id: "registration/frozen-is-not-a-buffer",
  claim:
    "Freezing and unfreezing a whole new module leaves trainable exactly what its constructor made trainable: what is never trained is a buffer.",
  source: "https://github.com/jmclong/random-fourier-features-pytorch/issues/6",
  needs: ["instance", "parameters"],
  runs: 2,
  detects: ["constant-as-frozen-parameter"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    const parameters = async () =>
      (await instance.list()).entries.filter(({ role }) => role === "parameter");
    const before = new Map(
      (await parameters()).map(({ name, requiresGrad }) => [name, requiresGrad]),
    );
    await instance.requireGrad(false);
    await instance.requireGrad(true);
    for (const { name, requiresGrad } of await parameters()) {
      demand(evidence, requiresGrad === before.get(name), {
        what: "A constant is kept as a frozen parameter: unfreezing the module would train it",
        where: name,
        expected: "a buffer, or a parameter that requires gradients from the start",
        actual: "a parameter whose requiresGrad the constructor set to false",
      });
    }
    return evidence;
  },
});
