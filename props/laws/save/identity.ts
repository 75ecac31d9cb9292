/**
 * @module
 */
import { type Argument, seeds } from "../../argument.ts";
import { sameList, sameStates, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { type Instance, tiesIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { loaded } from "../../loaded.ts";

/** A case of {@linkcode saveIdentity}. */
export interface SaveCase {
  /** The seed of the saved instance; the other is built under another. */
  seed: number;
  /** Whether NaN payloads and signed zeros are written into the state before. */
  specials: boolean;
  /** Forward arguments, if the subject takes any. */
  args: readonly Argument[] | null;
}

/** What is saved and loaded into an instance of another seed is the same, bit for bit. */
export const saveIdentity: Law<SaveCase> = law({
  id: "save/identity",
  claim:
    "State saved to bytes and loaded into an instance built under another seed is the same bit for bit, and so are its outputs.",
  source: "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
  needs: ["instance", "observable", "stateDict", "files"],
  detects: ["save-drops-a-buffer", "save-rounds", "random-wiring", "load-skips-children"],
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), specials: fc.boolean(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, specials, args }) {
    const evidence = new Evidence().note("specials", specials);
    const original = await context.instance(seed);
    await original.train(false);
    const state = await original.stateDict();
    if (specials) await state.write(specialsIn(await state.read()));
    const saved = await state.read();
    const ties = tiesIn(state.entries);

    const file = await original.parse(await original.save());
    const names = file.entries.map(({ name }) => name);
    sameList(evidence, "The file has other names", "keys", names, [...saved.keys()]);
    sameStates(evidence, "The file differs from what was saved", await file.read(), saved);

    const other = await context.instance(seed ^ 0x5bd1e995);
    await other.train(false);
    await loaded(other, file);
    const now = await other.stateDict();
    sameStates(evidence, "The loaded state differs from the saved one", await now.read(), saved);
    sameList(evidence, "What was tied is tied no more", "ties", tiesIn(now.entries), ties);

    if (args === null) return evidence;
    const given = context.given(args);
    const run = async (instance: Instance) => (await instance.forward(given, { seed })).values();
    const what =
      "The loaded instance computes something else: part of its state is not in the file";
    sameStates(evidence, what, await run(other), await run(original));
    return evidence;
  },
});

/** Bit patterns that a careless copy changes; in the low bytes, so that they suit every size. */
const PATTERNS: Readonly<Record<string, readonly number[][]>> = {
  float32: [[0x01, 0x00, 0xa0, 0x7f], [0x34, 0x12, 0xc0, 0xff], [0, 0, 0, 0x80], [1, 0, 0, 0]],
  float64: [[1, 0, 0, 0, 0, 0, 0xf4, 0x7f], [0, 0, 0, 0, 0, 0, 0, 0x80]],
  float16: [[0x01, 0x7d], [0x00, 0x80]],
  bfloat16: [[0x81, 0x7f], [0x00, 0x80]],
};

/** The same contents with such patterns at their beginning. */
function specialsIn(state: ReadonlyMap<string, Snapshot>): Map<string, Snapshot> {
  return new Map([...state].map(([name, { bytes, ...rest }]) => {
    const { dtype, shape } = rest;
    const count = shape.reduce((product, size) => product * size, 1);
    const changed = bytes.slice();
    const size = bytes.length / Math.max(1, count);
    (PATTERNS[dtype] ?? []).slice(0, count).forEach((pattern, i) => changed.set(pattern, i * size));
    return [name, { ...rest, bytes: changed }];
  }));
}
