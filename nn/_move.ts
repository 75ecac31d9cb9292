/**
 * Moving tensors to another device or dtype while they stay the objects they are.
 *
 * @module
 */
import {
  type DeviceLike,
  type DType,
  DTypeError,
  DTYPES,
  fromStorage,
  openDevice,
  type Storage,
  type Target,
  type Tensor,
} from "../core/mod.ts";
import { followersOf } from "./_followers.ts";

const isFloat = (dtype: DType): boolean => DTYPES[dtype].kind === "float";

function parse(target: Target): { device?: DeviceLike; dtype?: DType } {
  const parsed = typeof target !== "string"
    ? target
    : Object.hasOwn(DTYPES, target)
    ? { dtype: target as DType }
    : { device: target as DeviceLike };
  if (typeof parsed !== "object" || parsed === null) {
    throw new TypeError(`Module.to: expected a device, a dtype or both, got ${String(target)}`);
  }
  if (
    parsed.dtype !== undefined && !(Object.hasOwn(DTYPES, parsed.dtype) && isFloat(parsed.dtype))
  ) {
    throw new DTypeError(`Module.to: only accepts floating point dtypes, got ${parsed.dtype}`);
  }
  return parsed;
}

/** What looks into one storage, and whether a change of dtype is meant for it. */
interface Group {
  handles: Set<Tensor>;
  casts: boolean;
}

/**
 * Moves tensors, their gradients and what follows them. All new values are made before any is
 * installed; what shares a storage goes on sharing one.
 */
export async function moveTensors(tensors: readonly Tensor[], target: Target): Promise<void> {
  const { device: named, dtype } = parse(target);
  const device = named === undefined ? undefined : (await openDevice(named)).name;
  const groups = new Map<Storage, Group>();
  const enlist = (tensor: Tensor, casts: boolean): void => {
    const group = groups.get(tensor.storage) ?? { handles: new Set(), casts: false };
    group.handles.add(tensor);
    group.casts ||= casts;
    groups.set(tensor.storage, group);
  };
  for (const tensor of tensors) {
    enlist(tensor, true);
    if (tensor.grad !== null) enlist(tensor.grad, true);
    // The moments of an optimizer keep their dtype: a half step count or average would stall.
    for (const follower of followersOf(tensor)) enlist(follower, false);
  }

  const moved = await Promise.all(
    [...groups].map(async ([storage, { handles, casts }]): Promise<[Tensor, Tensor][]> => {
      const to = {
        device: device ?? storage.device,
        dtype: casts && isFloat(storage.dtype) ? dtype ?? storage.dtype : storage.dtype,
      };
      if (to.device === storage.device && to.dtype === storage.dtype) return [];
      if (handles.size === 1) {
        const [handle] = handles;
        return [[handle, await handle.detach().to(to)]];
      }
      const whole = fromStorage(storage, { shape: [storage.length], strides: [1], offset: 0 });
      const { storage: there } = await whole.to(to);
      return [...handles].map((handle) => {
        const { shape, strides, offset } = handle;
        return [handle, fromStorage(there, { shape, strides, offset })];
      });
    }),
  );
  for (const [handle, value] of moved.flat()) handle.setData(value);
}
