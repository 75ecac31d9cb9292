/**
 * @module
 */
import { cat, type DeviceName, type DType, noGrad, type Tensor } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { snapshots } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { sameWithinRoundings } from "../../noise.ts";

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
    const whole = async (device: DeviceName, dtype?: DType) => {
      const module = (await context.make(seed, device)).eval();
      if (dtype !== undefined) await context.wait(`to("${dtype}")`, () => module.to(dtype));
      const given = (context.args(args, device) as Tensor[])
        .map((value) => dtype !== undefined && isFloating(value) ? value.type(dtype) : value);
      const output = noGrad(() => context.forward(module, given)) as Tensor;
      return { module, x: given[0], output };
    };
    const { module, x, output } = await whole(context.device);
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
    const named = (value: Tensor) => snapshots([["output", value]]);
    const [actual, expected] = [await named(cat(outputs, 1)), await named(output)];
    const exact = async () => await named((await whole("cpu", "float64")).output);
    await sameWithinRoundings(evidence, what, actual, expected, exact);
    return evidence;
  },
});
