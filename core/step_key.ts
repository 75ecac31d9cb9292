/**
 * What the steps of a plan add to the key that finds its kernel.
 *
 * @module
 */
import type { DType } from "./dtype.ts";
import type { Step } from "./plan.ts";

/** The dtypes' letters in keys. */
export const LETTER: Readonly<Record<DType, string>> = {
  float32: "f",
  float64: "d",
  float16: "h",
  bfloat16: "g",
  int64: "l",
  int32: "i",
  int16: "s",
  int8: "c",
  uint8: "u",
  bool: "b",
  uint16: "w",
  uint32: "v",
  uint64: "q",
  float8_e4m3fn: "x",
  float8_e5m2: "y",
  complex64: "z",
};

/** The key of one step; `where` is how a leaf moves through memory, in the device's own words. */
export function stepKey(step: Step, where: string, randoms: string[]): string {
  const t = LETTER[step.dtype];
  switch (step.kind) {
    case "load":
      return `;L${t}${where}`;
    case "contract":
      return `;M${t}${where}`;
    case "const":
      return `;K${t}`;
    case "index":
      return `;I${where},${step.dim}`;
    case "random": {
      // Steps that share counters are told from those that don't.
      const name = randomName(step);
      let id = randoms.indexOf(name);
      if (id < 0) id = randoms.push(name) - 1;
      return `;R${where},${id}.${step.word}`;
    }
    case "cast":
      return `;C${t}${step.a}`;
    case "unary":
    case "reduce":
      return `;${step.op}${t}${step.a}`;
    case "binary":
      return `;${step.op}${t}${step.a},${step.b}`;
    case "where":
      return `;W${t}${step.cond},${step.a},${step.b}`;
  }
}

/** The name of a random step's counters. */
export function randomName(step: Extract<Step, { kind: "random" }>): string {
  return `${step.key}:${step.base}`;
}
