import { assertEquals } from "@std/assert";
import { type Tensor, zeros } from "../core/mod.ts";
import {
  AlibiPositionalBias,
  Buffer,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  RotaryPositionalEmbeddings,
  Sequential,
} from "../nn/mod.ts";
import type { TensorSpec } from "./argument.ts";
import { fc } from "./fast_check.ts";
import { inferInputs } from "./infer_inputs.ts";

function guessed(module: Module): [string, readonly number[]] | null {
  const inputs = inferInputs(module);
  if (inputs === null) return null;
  const [[first]] = fc.sample(inputs, { numRuns: 1, seed: 3 }) as unknown as TensorSpec[][];
  return [first.dtype, first.tensor.slice(1)];
}

Deno.test("inferInputs() knows what layers take by their sizes", () => {
  assertEquals(guessed(new Linear(5, 2)), ["float32", [5]]);
  assertEquals(guessed(new LayerNorm([3, 4])), ["float32", [3, 4]]);
  assertEquals(guessed(new Embedding(9, 2))?.[0], "int64");
  assertEquals(guessed(new RotaryPositionalEmbeddings(6))?.[1].at(-1), 6);
  assertEquals(guessed(new AlibiPositionalBias(3))?.[1][0], 3);
});

Deno.test("inferInputs() looks into children, and tries until one works", () => {
  assertEquals(guessed(new Sequential(new Linear(7, 3), new Linear(3, 2))), ["float32", [7]]);
  class Second extends Module {
    unused = new Linear(3, 3);
    used = new Linear(6, 3);
    override forward(x: Tensor): Tensor {
      return this.used.forward(x);
    }
  }
  assertEquals(guessed(new Second()), ["float32", [6]]);
});

Deno.test("inferInputs() tries the sizes of the tensors inside, and then gives up", () => {
  class Shift extends Module {
    by: Buffer = new Buffer(zeros([11]));
    override forward(x: Tensor): Tensor {
      if (x.shape[1] !== 11) throw new RangeError();
      return x.add(this.by);
    }
  }
  class Never extends Module {
    override forward(): never {
      throw new RangeError();
    }
  }
  assertEquals(guessed(new Shift()), ["float32", [11]]);
  assertEquals(guessed(new Never()), null);
});
