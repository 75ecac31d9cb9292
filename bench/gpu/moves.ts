/**
 * `to(device)` of a large tensor beside bare copies, in turns in one run.
 *
 * @module
 */
import { toTensor, uniform } from "../inputs.ts";
import { bareCopies } from "./bare.ts";

/** Milliseconds, either way. */
export interface Ways {
  /** To the GPU. */
  readonly upload: number;
  /** From it. */
  readonly download: number;
}

/** What moving so many bytes takes. */
export interface MoveRates {
  /** How many bytes, in units of 2 ** 20. */
  readonly megabytes: number;
  /** `to(device)`. */
  readonly ours: Ways;
  /** One bare copy. */
  readonly whole: Ways;
  /** Bare copies of 4 MB, one after the other. */
  readonly pieces: Ways;
}

/**
 * Times both ways, and takes the best of each: on a shared machine disturbance only adds, and these
 * are too long to be spared of it. The memory of each copy was used before.
 *
 * @param megabytes How much to copy.
 * @param rounds How often.
 * @returns The times; null without an adapter.
 */
export async function moveRates(megabytes: number, rounds: number): Promise<MoveRates | null> {
  const bare = await bareCopies(megabytes << 20);
  if (bare === null) return null;
  const there = toTensor(uniform([1], 30), "webgpu");
  const x = toTensor(uniform([megabytes << 18], 31), "cpu");
  const y = await x.to("webgpu");
  const runs: Record<string, () => void | Promise<void>> = {
    async upload(): Promise<void> {
      const moved = await x.to("webgpu");
      await there.data(); // which comes after the copy
      moved.dispose();
    },
    async download(): Promise<void> {
      (await y.to("cpu")).dispose();
    },
    wholeUpload: bare.upload,
    wholeDownload: bare.download,
    piecesUpload: bare.uploadInPieces,
    piecesDownload: bare.downloadInPieces,
  };
  const times: Record<string, number[]> = {};
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = performance.now();
      await run();
      if (round >= 0) (times[name] ??= []).push(performance.now() - start);
    }
  }
  bare.dispose();
  for (const tensor of [there, x, y]) tensor.dispose();
  const of = (name: string) => Math.min(...times[name]);
  return {
    megabytes,
    ours: { upload: of("upload"), download: of("download") },
    whole: { upload: of("wholeUpload"), download: of("wholeDownload") },
    pieces: { upload: of("piecesUpload"), download: of("piecesDownload") },
  };
}
