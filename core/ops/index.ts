/**
 * Reading and writing by index: the gather and scatter families.
 *
 * @module
 */
import { record, records } from "../autograd.ts";
import { commonDevice, compose, isTensor, makeTensor } from "../dispatch.ts";
import type { View3 } from "../device.ts";
import { assertComputes } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { normalizeDim, numelOf, sameShape, show, viewStrides } from "../shape.ts";
import { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { full } from "./create.ts";
import { inPlace } from "./in_place.ts";
import type { Scalar } from "./pointwise.ts";

/** An index as int64; int32 and uint8 convert. */
export function asIndex(operation: string, index: Tensor): Tensor {
  if (!isTensor(index)) {
    throw new DTypeError(`${operation}: expected a tensor of indices, got ${typeof index}`);
  }
  if (index.dtype !== "int64" && index.dtype !== "int32" && index.dtype !== "uint8") {
    throw new DTypeError(`${operation}: expected indices of int64, got ${index.dtype}`);
  }
  return index.dtype === "int64" ? index : index.type("int64");
}

/** A tensor as `[outer, m, inner]` around dimension `d`, copied only if a view can't do it. */
function view3(x: Tensor, d: number): View3 {
  const shape = [numelOf(x.shape.slice(0, d)), x.shape[d], numelOf(x.shape.slice(d + 1))];
  const strides = viewStrides(x.shape, x.strides, shape);
  if (strides === null) return view3(x.detach().clone(), d);
  const { offset } = x;
  return { block: x.storage.block(), offset, strides: strides as [number, number, number] };
}

/** `index[m]` for every outer and inner position. */
export function indexView(index: Tensor): View3 {
  const { block, offset, strides } = view3(index, 0);
  return { block, offset, strides: [0, strides[1], 0] };
}

/** Sizes around dimension `d` of what a kernel looks at. */
function sizes(shape: readonly number[], d: number) {
  return {
    outer: numelOf(shape.slice(0, d)),
    n: shape[d],
    inner: numelOf(shape.slice(d + 1)),
  };
}

/** Gathers along `d` of `x`, which elsewhere has the sizes of the result. */
export function runGather(
  x: Tensor,
  d: number,
  m: number,
  index: View3,
  shape: readonly number[],
): Tensor {
  const out = makeTensor(Storage.allocate(x.dtype, numelOf(shape), x.storage.connector), shape);
  if (out.numel === 0) return out;
  const whole = x.isWhole() ? x : x.detach().clone();
  x.storage.connector.run({
    family: "gather",
    dtype: x.dtype,
    ...sizes(x.shape, d),
    m,
    src: whole.storage.block(),
    index,
    out: out.storage.block(),
  });
  return out;
}

/** The part of `x` that begins at 0 and has the sizes of `shape`, but for dimension `d`. */
function corner(x: Tensor, d: number, shape: readonly number[]): Tensor {
  let out = x.detach();
  shape.forEach((size, i) => {
    if (i !== d && size !== out.shape[i]) out = out.narrow(i, 0, size);
  });
  return out;
}

function assertReach(
  operation: string,
  d: number,
  index: Tensor,
  x: Tensor,
  what: string,
  every = false,
): void {
  const fits = index.ndim === x.ndim &&
    index.shape.every((size, i) => (i === d && !every) || size <= x.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `${operation}: an index of shape ${show(index.shape)} does not fit ${what} of shape ${
        show(x.shape)
      }: sizes may not be larger${every ? "" : `, except in dimension ${d}`}`,
    );
  }
}

/** A tensor without dimensions counts as one of one element. */
const atLeast1 = (x: Tensor): Tensor => x.ndim === 0 ? x.reshape([1]) : x;

/** `out[i][j] = x[index[i][j]][j]` along `dim`. PyTorch: `torch.gather`. */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  commonDevice("gather", [x, index]);
  const d = normalizeDim(dim, x.ndim, "gather");
  if (x.ndim === 0 || index.ndim === 0) {
    const out = gather(atLeast1(x), d, atLeast1(asIndex("gather", index)));
    return out.reshape(index.shape);
  }
  const at = asIndex("gather", index);
  if (at.numel > 0) assertReach("gather", d, at, x, "a tensor");
  const { shape } = at;
  const out = at.numel === 0
    ? x.newZeros(shape)
    : compose(() => runGather(corner(x, d, shape), d, shape[d], view3(at, d), shape));
  const from = x.shape;
  return record("GatherBackward0", out, [x], [at], (g, at) => [
    scatterAdd(g.newZeros(from), d, at, g),
  ]);
}

/**
 * Scatters into `out`, whose storage is its own: `index` may be smaller than `out`, and than
 * `source`.
 */
function scatterInto(
  out: Tensor,
  d: number,
  index: View3,
  shape: readonly number[],
  source: View3,
  mode: "set" | "add",
): Tensor {
  if (numelOf(shape) === 0) return out;
  const region = corner(out, d, shape);
  const whole = region.isWhole() ? region : region.clone();
  out.storage.connector.run({
    family: "scatter",
    mode,
    dtype: out.dtype,
    ...sizes(whole.shape, d),
    m: shape[d],
    src: source,
    index,
    out: whole.storage.blockForWrite(),
  });
  if (whole !== region) region.copy_(whole);
  return out;
}

function assertSameDType(operation: string, x: Tensor, source: Tensor): void {
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${operation}: expected a source of ${x.dtype}, got ${source.dtype}`);
  }
}

/** One value as a source for every index. */
function valueView(x: Tensor, value: Scalar): View3 {
  const one = full([1], value, { dtype: x.dtype, device: x.device });
  return { block: one.storage.block(), offset: 0, strides: [0, 0, 0] };
}

/** The source's elements that the index has counterparts of, as a kernel sees them. */
function sourceView(source: Tensor, d: number, shape: readonly number[]): View3 {
  const used = corner(source, d, shape);
  return view3(used.shape[d] === shape[d] ? used : used.narrow(d, 0, shape[d]), d);
}

/** Where a scattered element comes from: the checks, and the kernel run into a tensor. */
function scatterKernel(
  operation: string,
  x: Tensor,
  d: number,
  index: Tensor,
  source: Tensor | Scalar,
  mode: "set" | "add",
): (out: Tensor) => Tensor {
  commonDevice(operation, isTensor(source) ? [x, index, source] : [x, index]);
  if (index.numel > 0) {
    assertReach(operation, d, index, x, "a tensor");
    if (isTensor(source)) assertReach(operation, d, index, source, "a source", true);
  }
  if (isTensor(source)) assertSameDType(operation, x, source);
  const { shape } = index;
  return (out) => {
    if (index.numel === 0) return out;
    const from = isTensor(source) ? sourceView(source, d, shape) : valueView(x, source);
    return scatterInto(out, d, view3(index, d), shape, from, mode);
  };
}

/** A copy with `source` written to `x[index[i][j]][j]` along `dim`. PyTorch: `torch.scatter`. */
export function scatter(x: Tensor, dim: number, index: Tensor, source: Tensor | Scalar): Tensor {
  const d = normalizeDim(dim, x.ndim, "scatter");
  const at = atLeast1(asIndex("scatter", index));
  if (x.ndim === 0) {
    return scatter(x.reshape([1]), 0, at, isTensor(source) ? atLeast1(source) : source).reshape([]);
  }
  const kernel = scatterKernel("scatter", x, d, at, source, "set");
  const out = compose(() => kernel(x.clone()));
  const inputs = isTensor(source) ? [x, source] : [x];
  return record("ScatterBackward0", out, inputs, [at], (g, at) => [
    scatter(g, d, at, 0),
    ...(isTensor(source) ? [gatherInto(source, g, d, at)] : []),
  ]);
}

/** A gradient gathered for a source that may be larger than the index. */
function gatherInto(source: Tensor, g: Tensor, d: number, index: Tensor): Tensor {
  const out = gather(g, d, index);
  if (sameShape(out.shape, source.shape)) return out;
  const zeros = g.newZeros(source.shape);
  let region = zeros;
  out.shape.forEach((size, i) => region = region.narrow(i, 0, size));
  region.copy_(out);
  return zeros;
}

/** A copy with `source` added at `x[index[i][j]][j]` along `dim`. PyTorch: `torch.scatter_add`. */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  assertComputes(x.dtype, "scatterAdd");
  const d = normalizeDim(dim, x.ndim, "scatterAdd");
  const at = atLeast1(asIndex("scatterAdd", index));
  if (x.ndim === 0) return scatterAdd(x.reshape([1]), 0, at, atLeast1(source)).reshape([]);
  const kernel = scatterKernel("scatterAdd", x, d, at, source, "add");
  const out = compose(() => kernel(x.clone()));
  return record("ScatterAddBackward0", out, [x, source], [at], (g, at) => [
    g,
    gatherInto(source, g, d, at),
  ]);
}

/** An index of one dimension. */
function asVector(operation: string, index: Tensor): Tensor {
  const at = asIndex(operation, index);
  if (at.ndim > 1) {
    throw new ShapeError(
      `${operation}: expected an index of one dimension, got shape ${show(at.shape)}`,
    );
  }
  return at.ndim === 0 ? at.reshape([1]) : at;
}

/** The slices along `dim` that a one-dimensional index names. PyTorch: `torch.index_select`. */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  commonDevice("indexSelect", [x, index]);
  const d = normalizeDim(dim, x.ndim, "indexSelect");
  const at = asVector("indexSelect", index);
  if (x.ndim === 0) {
    return indexSelect(x.reshape([1]), 0, at).reshape(index.ndim === 0 ? [] : at.shape);
  }
  const m = at.numel;
  const shape = x.shape.map((size, i) => i === d ? m : size);
  const out = compose(() => runGather(x, d, m, indexView(at), shape));
  const from = x.shape;
  return record("IndexSelectBackward0", out, [x], [at], (g, at) => [
    indexAdd(g.newZeros(from), d, at, g),
  ]);
}

/** The checks of an operation on whole slices, and its kernel. */
function slicesKernel(
  operation: string,
  x: Tensor,
  d: number,
  at: Tensor,
  source: Tensor | Scalar,
  mode: "set" | "add",
): (out: Tensor) => Tensor {
  commonDevice(operation, isTensor(source) ? [x, at, source] : [x, at]);
  const shape = x.shape.map((size, i) => i === d ? at.numel : size);
  if (isTensor(source)) {
    assertSameDType(operation, x, source);
    if (!sameShape(source.shape, shape)) {
      throw new ShapeError(
        `${operation}: expected a source of shape ${
          show(shape)
        } for ${at.numel} indices along dimension ${d} of ${show(x.shape)}, got ${
          show(source.shape)
        }`,
      );
    }
  }
  return (out) => {
    const from = isTensor(source) ? view3(source, d) : valueView(x, source);
    return scatterInto(out, d, indexView(at), shape, from, mode);
  };
}

/** A copy with the slices of `source` added where the index says. PyTorch: `torch.index_add`. */
export function indexAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  assertComputes(x.dtype, "indexAdd");
  const d = normalizeDim(dim, x.ndim, "indexAdd");
  const at = asVector("indexAdd", index);
  if (x.ndim === 0) return indexAdd(x.reshape([1]), 0, at, atLeast1(source)).reshape([]);
  const kernel = slicesKernel("indexAdd", x, d, at, source, "add");
  const out = compose(() => kernel(x.clone()));
  return record("IndexAddBackward0", out, [x, source], [at], (g, at) => [
    g,
    indexSelect(g, d, at),
  ]);
}

/** A copy with the slices of `source` written where the index says. PyTorch: `torch.index_copy`. */
export function indexCopy(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const d = normalizeDim(dim, x.ndim, "indexCopy");
  const at = asVector("indexCopy", index);
  if (x.ndim === 0) return indexCopy(x.reshape([1]), 0, at, atLeast1(source)).reshape([]);
  const kernel = slicesKernel("indexCopy", x, d, at, source, "set");
  const out = compose(() => kernel(x.clone()));
  return record("IndexCopyBackward0", out, [x, source], [at], (g, at) => [
    indexFill(g, d, at, 0),
    indexSelect(g, d, at),
  ]);
}

/** A copy with a value in the slices that the index names. PyTorch: `torch.index_fill`. */
export function indexFill(
  x: Tensor,
  dim: number,
  index: Tensor,
  value: Tensor | Scalar,
): Tensor {
  const d = normalizeDim(dim, x.ndim, "indexFill");
  const at = asVector("indexFill", index);
  if (x.ndim === 0) return indexFill(x.reshape([1]), 0, at, value).reshape([]);
  if (isTensor(value)) {
    if (value.ndim !== 0) {
      throw new ShapeError(`indexFill: expected one value, got shape ${show(value.shape)}`);
    }
    const shape = x.shape.map((size, i) => i === d ? at.numel : size);
    return indexCopy(x, d, at, value.type(x.dtype).expand(shape));
  }
  const kernel = slicesKernel("indexFill", x, d, at, value, "set");
  const out = compose(() => kernel(x.clone()));
  return record("IndexFillBackward0", out, [x], [at], (g, at) => [indexFill(g, d, at, 0)]);
}

/**
 * An operation of this file in place. Where nothing is recorded, the kernel writes straight into
 * the tensor's memory, unless what it reads is in there too.
 */
function throughKernel(
  operation: string,
  x: Tensor,
  operands: readonly (Tensor | Scalar)[],
  compute: (x: Tensor) => Tensor,
  kernel: () => (out: Tensor) => Tensor,
): Tensor {
  const tensors = operands.filter(isTensor);
  const shared = tensors.some(({ storage }) => storage === x.storage);
  if (shared || x.ndim === 0 || records([x, ...tensors])) return inPlace(operation, x, compute);
  return compose(() => kernel()(x));
}

/** `scatter` in place. */
export function scatterInPlace(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | Scalar,
): Tensor {
  return throughKernel(
    "scatter_",
    x,
    [index, source],
    (x) => scatter(x, dim, index, source),
    () => {
      const d = normalizeDim(dim, x.ndim, "scatter_");
      return scatterKernel("scatter_", x, d, atLeast1(asIndex("scatter_", index)), source, "set");
    },
  );
}

/** `scatterAdd` in place. */
export function scatterAddInPlace(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  assertComputes(x.dtype, "scatterAdd_");
  const compute = (x: Tensor) => scatterAdd(x, dim, index, source);
  return throughKernel("scatterAdd_", x, [index, source], compute, () => {
    const d = normalizeDim(dim, x.ndim, "scatterAdd_");
    return scatterKernel(
      "scatterAdd_",
      x,
      d,
      atLeast1(asIndex("scatterAdd_", index)),
      source,
      "add",
    );
  });
}

/** `indexAdd`, `indexCopy` or `indexFill` in place. */
export function slicesInPlace(
  operation: "indexAdd" | "indexCopy" | "indexFill",
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | Scalar,
): Tensor {
  const name = `${operation}_`;
  if (operation === "indexAdd") assertComputes(x.dtype, name);
  const compute = (x: Tensor) =>
    operation === "indexFill"
      ? indexFill(x, dim, index, source)
      : (operation === "indexAdd" ? indexAdd : indexCopy)(x, dim, index, source as Tensor);
  if (operation === "indexFill" && isTensor(source)) return inPlace(name, x, compute);
  return throughKernel(name, x, [index, source], compute, () => {
    const mode = operation === "indexAdd" ? "add" : "set";
    const d = normalizeDim(dim, x.ndim, name);
    return slicesKernel(name, x, d, asVector(name, index), source, mode);
  });
}
