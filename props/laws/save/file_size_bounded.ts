/**
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** Bytes of a file for each tensor beside its elements, its name and the alignment: two headers in the archive. */
const PER_TENSOR = 512;
/** Bytes of an empty file and a little more. */
const PER_FILE = 4096;

/** A checkpoint is as large as what it holds. */
export const fileSizeBounded: Law<{ seed: number }> = law({
  id: "save/file-size-bounded",
  claim:
    "A file is no larger than the distinct elements of the state dict, 512 bytes and twice its name a tensor, and 4096 bytes.",
  source: "https://github.com/safetensors/safetensors/issues/98",
  needs: ["instance", "state", "stateDict", "files"],
  runs: 2,
  detects: ["saves-the-base-of-a-view"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    const { entries } = await instance.stateDict();
    const bytes = await instance.save();
    // What several names share counts once: the largest window on it.
    const windows = new Map<number, number>();
    let limit = PER_FILE;
    let largest = { name: "", size: -1 };
    for (const { name, memory, memoryBytes, shape, dtype } of entries) {
      const size = shape.reduce((product, each) => product * each, DTYPES[dtype].itemSize);
      if (memoryBytes > largest.size) largest = { name, size: memoryBytes };
      windows.set(memory, Math.max(windows.get(memory) ?? 0, size));
      limit += PER_TENSOR + 2 * name.length;
    }
    for (const size of windows.values()) limit += size;
    demand(evidence, bytes.length <= limit, {
      what: "A file is larger than what it holds: a view saves all of the memory that it looks at",
      where: largest.name,
      expected: `at most ${limit} bytes`,
      actual: `${bytes.length} bytes, the largest storage being ${largest.size}`,
    });
    return evidence.compared(entries.length);
  },
});
