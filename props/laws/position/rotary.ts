/**
 * What the laws of rotary encodings share.
 *
 * @module
 */
import { noGrad, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { buildTensor, seeds, type TensorSpec } from "../../argument.ts";
import { snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";

/** The paper of all laws of rotary encodings. */
export const ROTARY_PAPER = "https://arxiv.org/abs/2104.09864 (section 3.2)";

/** A case of the laws of rotary encodings. */
export interface RotaryCase {
  /** The width, an even number. */
  dim: number;
  /** The longest sequence. */
  maxLen: number;
  /** The seed of queries and keys. */
  seed: number;
}

/** Widths and lengths; long ones now and then, for angles that were computed in low precision. */
export function rotaryCases(): fc.Arbitrary<RotaryCase> {
  return fc.record({
    dim: fc.integer({ min: 1, max: 8 }).map((pairs) => 2 * pairs),
    maxLen: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 2, max: 24 }) }, {
      weight: 1,
      arbitrary: fc.integer({ min: 300, max: 600 }),
    }),
    seed: seeds(),
  });
}

/** A new instance on the judged device. */
export async function rotaryOf(context: Context, { dim, maxLen }: RotaryCase): Promise<Module> {
  const { make } = context.subject.claims.rotary!;
  const module = context.call("The constructor", () => make(dim, maxLen)).eval();
  await context.wait(`to("${context.device}")`, () => module.to(context.device));
  return module;
}

/** Random numbers `[rows, dim]`. */
export function randomRows(context: Context, rows: number, dim: number, seed: number): Tensor {
  const spec: TensorSpec = { tensor: [rows, dim], dtype: "float32", fill: "normal", seed };
  return buildTensor(spec, context.device);
}

/** Turns a sequence, and gives its rows. */
export async function turned(
  context: Context,
  module: Module,
  x: Tensor,
  offset = 0,
): Promise<number[][]> {
  const y = noGrad(() => context.forward(module, [x, offset])) as Tensor;
  return await rowsOf(y);
}

/** The rows of a matrix. */
export async function rowsOf(x: Tensor): Promise<number[][]> {
  const { bytes, dtype, shape } = await snapshot(x);
  const numbers = decodeNumbers(bytes, dtype);
  const width = shape[shape.length - 1];
  return Array.from(
    { length: numbers.length / width },
    (_, i) => numbers.slice(i * width, (i + 1) * width),
  );
}

/** The dot product of two rows. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
