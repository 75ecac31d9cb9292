import { assertEquals } from "@std/assert";
import { deviceOf } from "../device.ts";
import { fromNode } from "../dispatch.ts";
import { binary, cast, index, random } from "../node.ts";
import { gpuTest } from "./testdata/gpu.ts";

gpuTest(
  "a kernel whose coordinate and random counter are one is not taken where they are two",
  async () => {
    for (const shape of [[8], [8, 1], [1, 8], [2, 4]]) {
      const [webgpu, reference] = await Promise.all(
        ["webgpu", "reference"].map((name) => {
          const coordinate = cast(index(shape, 0), "int32");
          const sum = binary("add", coordinate, random(shape, [1, 2], 0, 0), shape);
          return fromNode(sum, deviceOf(name)).tolist();
        }),
      );
      assertEquals(webgpu, reference, `${shape}`);
    }
  },
);
