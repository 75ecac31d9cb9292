/**
 * @module
 */
import { cat, noGrad, type Tensor } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { sameWithinRoundings } from "../../rounding.ts";

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
  needs: ["module", "inputs", "incremental"],
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
    const { next } = context.subject.claims.incremental!;
    const module = (await context.make(seed)).eval();
    const [x, ...rest] = context.args(args) as Tensor[];
    const full = noGrad(() => context.forward(module, [x, ...rest])) as Tensor;
    const outputs: Tensor[] = [];
    let state: unknown = undefined;
    for (let from = 0, i = 0; from < x.shape[1]; i++) {
      const length = Math.min(pieces[i % pieces.length], x.shape[1] - from);
      const piece = x.narrow(1, from, length);
      const made = context.call("next", () => noGrad(() => next(module, piece, state)));
      outputs.push(made.output);
      state = made.state;
      from += length;
    }
    evidence.note("pieces", outputs.length);
    const what = "A sequence in pieces gives another output than the whole";
    const joined = cat(outputs, 1);
    const named = async (value: Tensor) => new Map([["output", await snapshot(value)]]);
    sameWithinRoundings(evidence, what, await named(joined), await named(full));
    return evidence;
  },
});
