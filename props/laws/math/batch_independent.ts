/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { contentsIn, type Given, type Instance, mapContents, widened } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { type Results, sameWithinRoundings } from "../../noise.ts";
import { select } from "../../select.ts";

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
  needs: ["instance", "inputs", "batchIndependent"],
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
    const instance = await context.instance(seed);
    await instance.train(false);
    const run = async (given: readonly Given[], of: Instance = instance) =>
      (await of.forward(given, { seed })).values();
    const whole = context.given(args);
    const batch = contentsIn(whole)[0]?.[1].shape[0] ?? 0;
    if (batch === 0) return evidence;
    const from = first % batch;
    const rows = 1 + count % (batch - from);
    evidence.note("batch", batch).note("rows", rows);
    const some = Array.from({ length: rows }, (_, i) => from + i);
    const turned = Array.from({ length: batch }, (_, i) => batch - 1 - i);
    const outputs = await run(whole);
    for (const [name, { shape }] of outputs) {
      demand(evidence, shape[0] === batch, {
        what: "An output has another number of rows than the batch",
        where: name,
        expected: `${batch} rows`,
        actual: `shape [${shape.join(", ")}]`,
      });
    }
    for (const chosen of [some, turned]) {
      const what = "The answer to a row depends on the rows beside it";
      const rowsOf = (results: Results) =>
        new Map([...results].map(([name, value]) => [name, select(value, 0, chosen)]));
      const exact = async () => {
        const twin = await context.inFloat64(seed);
        await twin?.train(false);
        return twin && rowsOf(await run(widened(whole), twin));
      };
      const part = whole.map((item) => mapContents(item, (each) => select(each, 0, chosen)));
      await sameWithinRoundings(evidence, what, await run(part), rowsOf(outputs), exact);
    }
    return evidence;
  },
});
