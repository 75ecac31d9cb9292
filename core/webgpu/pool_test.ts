import { assertEquals } from "@std/assert";
import type { GpuBlock } from "./pool.ts";
import { freshGpu, gpuTest } from "./testdata/gpu.ts";

gpuTest("buffers are taken again in one order, whichever was given back first", async () => {
  const device = await freshGpu(true);
  const take = () => Array.from({ length: 4 }, () => device.alloc(1000) as GpuBlock);
  let blocks = take();
  const numbers = () => blocks.map(({ memory }) => memory.id);
  const expected = numbers();
  for (const order of [[2, 0, 3, 1], [3, 2, 1, 0], [0, 1, 2, 3]]) {
    for (const i of order) blocks[i].release();
    blocks = take();
    assertEquals(numbers(), expected);
  }
  device.gpu.destroy();
});
