import { assert, assertEquals } from "@std/assert";
import { fromStorage, resetStats, stats, Storage } from "../mod.ts";
import { freshGpu, gpuTest } from "./testdata/gpu.ts";

/** Runs a function in a runtime where buffers are mapped only once the promise resolves, as in browsers. */
async function asInBrowsers(fn: () => Promise<void>): Promise<void> {
  const { mapAsync, getMappedRange } = GPUBuffer.prototype;
  const pending = new Set<GPUBuffer>();
  GPUBuffer.prototype.mapAsync = async function (...args) {
    pending.add(this);
    await mapAsync.apply(this, args);
    pending.delete(this);
  };
  GPUBuffer.prototype.getMappedRange = function (...args) {
    if (pending.has(this)) throw new DOMException("not mapped yet", "OperationError");
    return getMappedRange.apply(this, args);
  };
  try {
    await fn();
  } finally {
    Object.assign(GPUBuffer.prototype, { mapAsync, getMappedRange });
  }
}

gpuTest("read() waits for the promise where a mapping can't be used at once", async () => {
  const device = await freshGpu(true);
  await asInBrowsers(async () => {
    const sizes = [5, 4096, (9 << 20) + 3];
    const sent = sizes.map((n) => Uint8Array.from({ length: n }, (_, i) => (i * 37) & 255));
    const tensors = sent.map((bytes, i) =>
      fromStorage(Storage.copyOf("uint8", bytes, device), { shape: [sizes[i]] })
    );
    assertEquals(tensors[0].dataSync(), null);
    const back = await Promise.all(tensors.map((x) => x.data()));
    sent.forEach((bytes, i) => {
      assert(bytes.every((byte, j) => byte === back[i][j]), `${sizes[i]} bytes`);
    });
    assertEquals(await tensors[0].add(1).tolist(), [1, 38, 75, 112, 149]);
  });
  device.gpu.destroy();
});

gpuTest("readSync() needs no promise where a mapping can be used at once", async () => {
  const device = await freshGpu(true);
  const x = fromStorage(Storage.copyOf("int32", new Uint8Array(8), device), { shape: [2] });
  assert(x.dataSync() !== null);
  resetStats();
  assertEquals(Array.from(x.add(7).dataSync()!, Number), [7, 7]);
  assertEquals(stats().submits, 2); // the kernel, and the copy
  device.gpu.destroy();
});
