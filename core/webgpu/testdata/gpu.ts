/** A GPU for tests: absent adapters skip them with a notice, or fail them where one is required. */
import type { DeviceInfo } from "../../device.ts";
import { DeviceError } from "../../errors.ts";
import { type Gpu, openGpu } from "../adapter.ts";

async function open(): Promise<Gpu | null> {
  try {
    return await openGpu();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    if (Deno.env.get("TOUCHSTONE_REQUIRE_DEVICE") === "webgpu") throw error;
    console.log(`Tests on WebGPU are skipped. ${error.message}`);
    return null;
  }
}

const gpu = await open();

/** Registers a test that needs a GPU. */
export function onGpu(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name: `${name} [webgpu]`, ignore: gpu === null, fn });
}

/** What the adapter is; it is asked for only inside of `onGpu()`. */
export function gpuInfo(): DeviceInfo {
  return gpu!.info;
}

/** Another device of the adapter. */
export async function freshGpu(): Promise<GPUDevice> {
  return (await openGpu()).device;
}
