/**
 * @module
 */
import { fromStorage, noGrad, Storage, type Tensor } from "../../../core/mod.ts";
import { load, toBytes } from "../../../serialize/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { outputsOf, sameList, sameStates, snapshot, snapshots } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { tieGroups } from "../../state.ts";

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
  needs: ["module", "observable"],
  detects: ["save-drops-a-buffer", "save-rounds", "random-wiring", "load-skips-children"],
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), specials: fc.boolean(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, specials, args }) {
    const evidence = new Evidence().note("specials", specials);
    const original = (await context.make(seed)).eval();
    if (specials) await writeSpecials([...original.stateDict().values()]);
    const saved = await snapshots(original.stateDict());
    const ties = tieGroups(original.stateDict());

    const bytes = await context.wait("save", () => toBytes(original.stateDict()));
    const state = await context.wait("load", () => load(bytes));
    sameList(evidence, "The file has other names", "keys", [...state.keys()], [...saved.keys()]);
    sameStates(evidence, "The file differs from what was saved", await snapshots(state), saved);

    const other = (await context.make(seed ^ 0x5bd1e995)).eval();
    await context.wait("loadStateDict", () => other.loadStateDict(state));
    const loaded = await snapshots(other.stateDict());
    sameStates(evidence, "The loaded state differs from the saved one", loaded, saved);
    const now = tieGroups(other.stateDict());
    sameList(evidence, "What was tied is tied no more", "ties", now, ties);

    if (args === null) return evidence;
    const run = (module: typeof original) => {
      context.reseed(seed);
      return outputsOf(noGrad(() => context.forward(module, context.args(args))));
    };
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

/** Writes NaNs with payloads, negative zeros and subnormals at the start of each floating tensor. */
async function writeSpecials(tensors: readonly Tensor[]): Promise<void> {
  for (const tensor of tensors) {
    const patterns = PATTERNS[tensor.dtype];
    if (patterns === undefined || tensor.numel === 0) continue;
    const { bytes } = await snapshot(tensor);
    const size = bytes.length / tensor.numel;
    patterns.slice(0, tensor.numel).forEach((pattern, i) => bytes.set(pattern, i * size));
    const storage = Storage.fromBytes(tensor.dtype, bytes, tensor.device);
    noGrad(() => tensor.copy_(fromStorage(storage, { shape: [...tensor.shape] })));
  }
}
