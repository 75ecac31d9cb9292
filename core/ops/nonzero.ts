/**
 * Results whose size depends on values: they are read where that needs no waiting.
 *
 * @module
 */
import { commonDevice } from "../dispatch.ts";
import { DeviceError, DTypeError, IndexError } from "../errors.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { tensor } from "./create.ts";
import { asIndex } from "./index.ts";

function needsData(operation: string, x: Tensor): DeviceError {
  return new DeviceError(
    `${operation}: the size of the result depends on values on "${x.device}", which can't be read ` +
      'without waiting; move the tensor to "cpu" first',
  );
}

/** Whole numbers that decide a size. */
export function hostValues(operation: string, x: Tensor): number[] {
  const values = asIndex(operation, x).dataSync();
  if (values === null) throw needsData(operation, x);
  return Array.from(values, Number);
}

/** The row-major positions of what is not zero, on the host. */
function positionsOf(operation: string, x: Tensor): BigInt64Array<ArrayBuffer> {
  const values = (x.dtype === "bool" ? x : x.ne(0)).dataSync();
  if (values === null) throw needsData(operation, x);
  const found: bigint[] = [];
  values.forEach((value: number | bigint, i: number) => {
    if (value) found.push(BigInt(i));
  });
  return BigInt64Array.from(found);
}

/** The elements where a mask is true, in one dimension. PyTorch: `torch.masked_select`. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  commonDevice("maskedSelect", [x, mask]);
  if (mask.dtype !== "bool") {
    throw new DTypeError(`maskedSelect: expected a bool mask, got ${mask.dtype}`);
  }
  const shape = broadcastShapes(x.shape, mask.shape, "maskedSelect");
  const positions = positionsOf("maskedSelect", mask.expand(shape));
  const index = tensor(positions, { device: x.device });
  return x.expand(shape).reshape([-1]).indexSelect(0, index);
}

/** The coordinates of what is not zero, `[count, ndim]`, int64. PyTorch: `torch.nonzero`. */
export function nonzero(x: Tensor): Tensor {
  const positions = positionsOf("nonzero", x);
  const out = new BigInt64Array(positions.length * x.ndim);
  positions.forEach((position, i) => {
    let rest = position;
    for (let d = x.ndim - 1; d >= 0; d--) {
      const size = BigInt(x.shape[d]);
      out[i * x.ndim + d] = rest % size;
      rest /= size;
    }
  });
  return tensor(out, { device: x.device }).reshape([positions.length, x.ndim]);
}

/**
 * A 1 at each index in a new last dimension, zeros elsewhere, int64.
 *
 * PyTorch: `torch.nn.functional.one_hot`.
 *
 * @param input Indices from 0 up.
 * @param numClasses The size of the new dimension; one more than the largest index by default.
 * @returns A tensor of the indices' shape and `numClasses`.
 * @throws {IndexError} If an index is negative or not below `numClasses`.
 */
export function oneHot(input: Tensor, numClasses: number = -1): Tensor {
  const at = asIndex("oneHot", input);
  const values = at.dataSync();
  if (values === null && numClasses < 0) throw needsData("oneHot without numClasses", input);
  let largest = -1;
  for (const value of values ?? []) {
    const label = Number(value);
    if (label < 0 || (numClasses >= 0 && label >= numClasses)) {
      throw new IndexError(
        `oneHot: index ${label} is out of bounds for ${
          numClasses >= 0 ? `${numClasses} classes` : "classes from 0 up"
        }`,
      );
    }
    largest = Math.max(largest, label);
  }
  if (numClasses < 0 && at.numel === 0) {
    throw new IndexError("oneHot: no indices to take the number of classes from");
  }
  const classes = input.newArange(numClasses < 0 ? largest + 1 : numClasses);
  return at.unsqueeze(-1).eq(classes).type("int64");
}
