/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import type { Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { type Contents, type Given, type Instance, widened } from "../../instance.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { type Results, sameWithinRoundings } from "../../noise.ts";
import { join, select } from "../../select.ts";

/** A case of {@linkcode incrementalEqualsFull}. */
export interface IncrementalCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** The lengths of the pieces, over and over. */
  pieces: readonly number[];
}

/** Piece by piece is all at once. */
export const incrementalEqualsFull: Law<IncrementalCase> = law({
  id: "math/incremental-equals-full",
  claim:
    "For a subject that says so: a sequence that is fed piece by piece, of any lengths, gives the outputs of the whole sequence.",
  source: "https://github.com/lucidrains/rotary-embedding-torch/issues/11",
  needs: ["instance", "inputs", "incremental"],
  runs: 8,
  detects: ["pieces-start-anew", "state-of-the-first-piece"],
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      pieces: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    }),
  async check(context, { seed, args, pieces }) {
    const evidence = new Evidence();
    const { input, output, state } = context.subject.claims.incremental!;
    const instance = await context.instance(seed);
    await instance.train(false);
    const run = async (given: readonly Given[], of: Instance = instance) =>
      (await of.forward(given, { seed })).values();
    const given = context.given(args);
    const whole = new Map([["output", outputAt(output, await run(given))]]);
    const x = given[input] as Contents;
    const outputs: Snapshot[] = [];
    const next = [...given];
    for (let from = 0, i = 0; from < x.shape[1]; i++) {
      const length = Math.min(pieces[i % pieces.length], x.shape[1] - from);
      next[input] = select(x, 1, Array.from({ length }, (_, j) => from + j));
      const values = await run(next);
      outputs.push(outputAt(output, values));
      for (const [argument, place] of Object.entries(state)) {
        next[Number(argument)] = stateAt(place, values);
      }
      from += length;
    }
    evidence.note("pieces", outputs.length);
    const what = "A sequence in pieces gives another output than the whole";
    const joined = new Map([["output", join(outputs, 1)]]);
    await sameWithinRoundings(evidence, what, joined, whole, async () => {
      const twin = await context.inFloat64(seed);
      await twin?.train(false);
      return twin && new Map([["output", outputAt(output, await run(widened(given), twin))]]);
    });
    return evidence;
  },
});

/** The tensor at a place of what `forward` returned. */
function outputAt(place: string, values: Results): Snapshot {
  return values.get(place) ?? nothingAt(place, values);
}

/** The same, or the list of tensors. */
function stateAt(place: string, values: Results): Given {
  const list = [...values].filter(([each]) => each.startsWith(`${place}[`));
  if (list.length > 0) return list.map(([, value]) => value);
  return outputAt(place, values);
}

function nothingAt(place: string, values: Results): never {
  throw new Refutation({
    what: "forward does not return what the subject claims",
    where: place,
    expected: "a tensor",
    actual: `tensors at ${[...values.keys()].join(", ")}`,
  });
}
