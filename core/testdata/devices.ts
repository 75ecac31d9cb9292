/**
 * The devices that tests run on. Where there is no WebGPU adapter its tests are ignored, with a
 * notice, unless `TOUCHSTONE_REQUIRE_DEVICE=webgpu` says that there must be one.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type DeviceName, isGradEnabled, openDevice } from "../mod.ts";
import { DeviceError } from "../errors.ts";

async function hasWebGpu(): Promise<boolean> {
  try {
    await openDevice("webgpu");
    return true;
  } catch (error) {
    const required = Deno.env.get("TOUCHSTONE_REQUIRE_DEVICE") === "webgpu";
    if (required || !(error instanceof DeviceError)) throw error;
    console.warn(`Tests on "webgpu" are ignored: ${error.message}`);
    return false;
  }
}

const webgpu = await hasWebGpu();

/** The devices that every test of the engine runs on. */
export const DEVICES: readonly DeviceName[] = ["reference", "cpu", "webgpu"];

/** The devices of the host: they compute in float64, and raise at the call what values are wrong. */
export const HOST_DEVICES: readonly DeviceName[] = ["reference", "cpu"];

/** Registers a test once for each device. */
export function forDevices(
  name: string,
  fn: (device: DeviceName) => void | Promise<void>,
  devices: readonly DeviceName[] = DEVICES,
): void {
  for (const device of devices) {
    Deno.test({
      name: `${name} [${device}]`,
      ignore: device === "webgpu" && !webgpu,
      fn: async () => {
        await fn(device);
        assert(isGradEnabled(), "a test left recording off");
      },
    });
  }
}
