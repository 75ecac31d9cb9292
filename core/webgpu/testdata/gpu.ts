/**
 * The "webgpu" device for tests. Where there is no adapter they are ignored, with a notice, unless
 * `TOUCHSTONE_REQUIRE_DEVICE=webgpu` says that there must be one.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { openGpu } from "../adapter.ts";
import { openWebGpu, WebGpuDevice } from "../device.ts";

async function openOrNull(): Promise<WebGpuDevice | null> {
  try {
    return await openWebGpu() as WebGpuDevice;
  } catch (error) {
    const required = Deno.env.get("TOUCHSTONE_REQUIRE_DEVICE") === "webgpu";
    if (required || !(error instanceof DeviceError)) throw error;
    console.warn(`Tests on "webgpu" are ignored: ${error.message}`);
    return null;
  }
}

const device = await openOrNull();

/** A test that needs the device. */
export function gpuTest(name: string, fn: (gpu: WebGpuDevice) => void | Promise<void>): void {
  Deno.test({ name, ignore: device === null, fn: () => fn(device!) });
}

/** Another device of the adapter, for a test that takes it away, or that sees it as another kind. */
export async function freshGpu(software: boolean): Promise<WebGpuDevice> {
  const { device, info } = await openGpu();
  return new WebGpuDevice(device, { ...info, software });
}
