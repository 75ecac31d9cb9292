import { type DeviceName, fromStorage, scope, Storage, type Tensor } from "../../core/mod.ts";
import type { Prepared } from "../case.ts";

/**
 * A case that is one expression. A run computes it into device memory (`realize`) and frees what it
 * made, as a program would that has used it: a synchronous loop never gets to the collector.
 */
export function expression(
  build: () => Tensor,
  inputs: readonly Tensor[],
  device: DeviceName,
): Prepared {
  return {
    run(): void {
      scope(() => void build().realize());
    },
    ...finishOn(device),
    async result(): Promise<ArrayLike<number>> {
      return await build().data() as ArrayLike<number>;
    },
    dispose(): void {
      for (const input of inputs) input.dispose();
    },
  };
}

/** On a GPU: waits for all that was run, by reading an element that comes after it. */
export function finishOn(device: DeviceName): Pick<Prepared, "finish"> {
  if (device !== "webgpu") return {};
  const storage = Storage.fromBytes("float32", new Uint8Array(4), device);
  const last = fromStorage(storage, { shape: [] });
  return {
    async finish(): Promise<void> {
      await last.item();
    },
  };
}
