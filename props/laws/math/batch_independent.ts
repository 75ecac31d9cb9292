/**
 * @module
 */
import { noGrad, type Tensor } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { sameWithinRoundings } from "../../rounding.ts";

/** A case of {@linkcode batchIndependent}. */
export interface BatchCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** Which rows stay, as a number between 0 and 1 of the batch: the first and how many. */
  part: readonly [number, number];
}

/** A row's answer is its own. */
export const batchIndependent: Law<BatchCase> = law({
  id: "math/batch-independent",
  claim:
    "For a subject that says so: in evaluation mode some rows of a batch, alone or in another order, are answered as they are in the whole batch.",
  source: "https://github.com/facebookresearch/ParlAI/issues/1649",
  needs: ["module", "inputs", "batchIndependent"],
  runs: 16,
  detects: ["softmax-over-the-batch", "centred-by-the-batch"],
  cases: ({ inputs }) =>
    fc.record({
      seed: seeds(),
      args: inputs!,
      part: fc.tuple(fc.nat(63), fc.nat(63)),
    }),
  async check(context, { seed, args, part: [first, count] }) {
    const evidence = new Evidence().compared();
    const module = (await context.make(seed)).eval();
    const run = (given: readonly unknown[]) => {
      context.reseed(seed);
      return tensorsIn(noGrad(() => context.forward(module, given)));
    };
    const whole = context.args(args);
    const batch = tensorsIn(whole)[0]?.[1].shape[0] ?? 0;
    if (batch === 0) return evidence;
    const from = first % batch;
    const rows = 1 + count % (batch - from);
    evidence.note("batch", batch).note("rows", rows);
    const some = (value: Tensor) => value.narrow(0, from, rows);
    const turned = (value: Tensor) => value.flip([0]);
    const outputs = run(whole);
    for (const [name, { shape }] of outputs) {
      demand(evidence, shape[0] === batch, {
        what: "An output has another number of rows than the batch",
        where: name,
        expected: `${batch} rows`,
        actual: `shape [${shape.join(", ")}]`,
      });
    }
    for (const change of [some, turned]) {
      const what = "The answer to a row depends on the rows beside it";
      const expected = outputs.map(([name, value]): [string, Tensor] => [name, change(value)]);
      await sameWithinRoundings(evidence, what, run(mapTensors(whole, change)), expected);
    }
    return evidence;
  },
});

/** The same arguments with their tensors changed. */
function mapTensors(given: readonly unknown[], change: (value: Tensor) => Tensor): unknown[] {
  const changed = new Map(tensorsIn(given).map(([, value]) => [value as unknown, change(value)]));
  const inner = (value: unknown): unknown => {
    if (changed.has(value)) return changed.get(value);
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
  };
  return given.map(inner);
}
