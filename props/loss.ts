/**
 * One number to train by, made from whatever a module returns.
 *
 * @module
 */
import type { DType, Tensor } from "../core/mod.ts";
import { buildTensor } from "./argument.ts";
import { tensorsIn } from "./compare.ts";
import { isFloating } from "./examine.ts";

/**
 * A sum of all floating outputs with fixed random weights, so that no two errors cancel.
 *
 * @param output What `forward` returned.
 * @param seed Where the weights begin.
 * @param rounded The dtype that weights are rounded to before each takes its output's; that one by default.
 * @returns The sum, `[]`, or null if no output is floating.
 */
export function weightedSum(output: unknown, seed: number, rounded?: DType): Tensor | null {
  const outputs = tensorsIn(output).filter(([, value]) => isFloating(value));
  return outputs.reduce<Tensor | null>((total, [, value], i) => {
    const { shape: tensor, dtype, device } = value;
    const spec = { tensor, dtype: rounded ?? dtype, fill: "normal", seed: seed ^ i } as const;
    const part = value.mul(buildTensor(spec, device).type(dtype)).sum();
    return total === null ? part : total.add(part);
  }, null);
}
