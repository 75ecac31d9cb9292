/**
 * Copying tensors from one device to another, and their gradients back.
 *
 * @module
 */
import { record } from "./autograd.ts";
import type { Device, TakePart } from "./device.ts";
import { makeTensor } from "./dispatch.ts";
import { AutogradError } from "./errors.ts";
import { Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

/** Copies the elements to another device; a view arrives as a tensor of its own. */
export async function toDevice(x: Tensor, device: Device): Promise<Tensor> {
  const source = x.isWhole() ? x.detach() : x.detach().clone();
  const block = source.storage.block();
  const storage = Storage.allocate(x.dtype, x.numel, device);
  const there = storage.block();
  try {
    const write: TakePart = (part, at) => device.write(there, at, part);
    await block.device.readParts(block, 0, storage.nbytes, write);
  } catch (error) {
    storage.free();
    throw error;
  }
  return recordMove(makeTensor(storage, x.shape), x);
}

/** Gradients go back to where the tensor came from. */
function recordMove(out: Tensor, x: Tensor): Tensor {
  const from = x.storage.connector;
  return record("ToCopyBackward0", out, [x], [], (g) => [moveSync(g, from)]);
}

function moveSync(g: Tensor, device: Device): Tensor {
  const source = g.isWhole() ? g : g.clone();
  const data = source.dataSync();
  if (data === null) {
    throw new AutogradError(
      `backward: a gradient on "${g.device}" can't go to "${device.name}" without waiting; move leaves before computing`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return makeTensor(Storage.copyOf(g.dtype, bytes, device), g.shape);
}
