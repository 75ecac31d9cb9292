/**
 * Running sums and products.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { compose, makeTensor } from "../dispatch.ts";
import { assertComputes, type DType, isFloat } from "../dtype.ts";
import { normalizeDim, numelOf } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { cat } from "./join.ts";

/** Runs the kernel along a dimension, in the dtype that the result has. */
function scan(op: "sum" | "prod", x: Tensor, d: number, dtype: DType): Tensor {
  if (x.numel === 0 || x.ndim === 0) return x.type(dtype).clone();
  // Halves add up in float32 and round once.
  const wide = dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
  return compose(() => {
    const { connector } = x.storage;
    const source = x.type(wide);
    const whole = source.isWhole() ? source : source.clone();
    const out = Storage.allocate(wide, x.numel, connector);
    connector.run({
      family: "scan",
      op,
      dtype: wide,
      outer: numelOf(x.shape.slice(0, d)),
      n: x.shape[d],
      inner: numelOf(x.shape.slice(d + 1)),
      x: whole.storage.block(),
      out: out.block(),
    });
    return makeTensor(out, x.shape).type(dtype);
  });
}

/** The running sum along a dimension; integers and bool in int64. */
export function cumsum(x: Tensor, dim: number): Tensor {
  assertComputes(x.dtype, "cumsum");
  const d = normalizeDim(dim, x.ndim, "cumsum");
  const out = scan("sum", x, d, isFloat(x.dtype) ? x.dtype : "int64");
  return record("CumsumBackward0", out, [x], [], (g) => [reverseCumsum(g, d)]);
}

function reverseCumsum(g: Tensor, d: number): Tensor {
  return g.ndim === 0 ? g : g.flip([d]).cumsum(d).flip([d]);
}

/** The running product along a dimension; integers and bool in int64. */
export function cumprod(x: Tensor, dim: number): Tensor {
  assertComputes(x.dtype, "cumprod");
  const d = normalizeDim(dim, x.ndim, "cumprod");
  const out = scan("prod", x, d, isFloat(x.dtype) ? x.dtype : "int64");
  return record("CumprodBackward0", out, [x], [x], (g, x) => [cumprodBackward(g, x, d)]);
}

/**
 * The gradient of element i is (x_0 ... x_(i-1)) S_i, where S_i = g_i + x_(i+1) S_(i+1). No division,
 * so zeros need no care, at any order of derivative. The recurrence is solved by doubling its reach.
 */
function cumprodBackward(g: Tensor, x: Tensor, d: number): Tensor {
  if (x.ndim === 0 || x.numel === 0) return g;
  const n = x.shape[d];
  let sums = g;
  let factors = x.narrow(d, 1, n - 1);
  for (let reach = 1; reach < n; reach *= 2) {
    const m = n - reach;
    const step = factors.narrow(d, 0, m);
    const grown = sums.narrow(d, 0, m).add(step.mul(sums.narrow(d, reach, m)));
    const rest = m - reach;
    if (rest > 0) factors = step.narrow(d, 0, rest).mul(factors.narrow(d, reach, rest));
    sums = cat([grown, sums.narrow(d, m, reach)], d);
  }
  const ones = x.newZeros(x.shape.map((size, i) => i === d ? 1 : size)).add(1);
  const before = cat([ones, cumprod(x, d).narrow(d, 0, n - 1)], d);
  return before.mul(sums);
}
