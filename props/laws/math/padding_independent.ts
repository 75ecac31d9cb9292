/**
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers, fillNumbers } from "../../fill.ts";
import { type Contents, type Given, type Instance, widened } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { sameWithinRoundings } from "../../noise.ts";
import { join, select } from "../../select.ts";

/** A case of {@linkcode paddingIndependent}. */
export interface PaddingCase {
  /** The seed of the instance and of the padding. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** How much padding is appended. */
  more: number;
  /** What the padding holds, where sequences are floating. */
  content: "zeros" | "normal numbers" | "infinity" | "NaN";
}

/** What is masked is not there. */
export const paddingIndependent: Law<PaddingCase> = law({
  id: "math/padding-independent",
  claim:
    "For a subject that says so: masked padding of any length and content, infinities and NaN too, leaves the outputs for the rest as they are.",
  source: "https://github.com/huggingface/transformers/issues/26380",
  needs: ["instance", "inputs", "paddingIndependent"],
  runs: 8,
  detects: ["padding-counts-as-zeros", "padding-is-multiplied-by-zero"],
  axes: () => ({ content: ["zeros", "normal numbers", "infinity", "NaN"] }),
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), args: inputs!, more: fc.integer({ min: 1, max: 4 }) }),
  async check(context, { seed, args, more, content }) {
    const evidence = new Evidence().compared().note("content", content);
    const { input, mask, padded = true } = context.subject.claims.paddingIndependent!;
    const instance = await context.instance(seed);
    await instance.train(false);
    const run = async (all: readonly Given[], of: Instance = instance) =>
      (await of.forward(all, { seed })).values();
    const given = context.given(args);
    const [x, old] = [given[input], given[mask]] as Contents[];
    const { shape, dtype } = x;
    const constant = { zeros: 0, infinity: Infinity, NaN, "normal numbers": null }[content];
    const floating = DTYPES[dtype].kind === "float";
    const fill = constant === null && floating ? "normal" : "zeros";
    const spec = { tensor: shape.with(1, more), dtype, fill, seed } as const;
    const numbers = fillNumbers(spec).map((number) => floating ? constant ?? number : number);
    const padding = { shape: spec.tensor, dtype, bytes: encodeNumbers(numbers, dtype) };
    const bytes = new Uint8Array(shape[0] * more).fill(padded ? 1 : 0);
    const flags = { shape: [shape[0], more], dtype: "bool", bytes } as const;
    const longer = given.with(input, join([x, padding], 1)).with(mask, join([old, flags], 1));
    const length = shape[1];
    const expected = await run(given);
    const cut = new Map([...await run(longer)].map(([name, value]) => {
      const along = expected.get(name)?.shape[1] === length && value.shape[1] === length + more;
      return [name, along ? select(value, 1, [...Array(length).keys()]) : value];
    }));
    const what = "Padding that is masked changes a result";
    await sameWithinRoundings(evidence, what, cut, expected, async () => {
      const twin = await context.inFloat64(seed);
      await twin?.train(false);
      return twin && await run(widened(given), twin);
    });
    return evidence;
  },
});
