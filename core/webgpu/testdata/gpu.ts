/**
 * The "webgpu" device for tests of itself.
 *
 * @module
 */
import { deviceOf } from "../../device.ts";
import { fromStorage, Storage, type Tensor } from "../../mod.ts";
import { forDevices } from "../../testdata/devices.ts";
import { openGpu } from "../adapter.ts";
import { WebGpuDevice } from "../device.ts";

/** A test that needs the device. */
export function gpuTest(name: string, fn: (gpu: WebGpuDevice) => void | Promise<void>): void {
  forDevices(name, (device) => fn(deviceOf(device) as WebGpuDevice), ["webgpu"]);
}

/** Another device of the adapter, for a test that takes it away, or that sees it as another kind. */
export async function freshGpu(
  software: boolean,
  limits: Record<string, number> = {},
): Promise<WebGpuDevice> {
  const { device, info } = await openGpu(limits);
  return new WebGpuDevice(device, { ...info, software });
}

/** A copy of a CPU tensor on a device. */
export async function on(device: WebGpuDevice, x: Tensor): Promise<Tensor> {
  const { buffer } = await x.data();
  return fromStorage(Storage.copyOf(x.dtype, new Uint8Array(buffer), device), { shape: x.shape });
}
