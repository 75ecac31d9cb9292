/** Placeholder until the families land. */
import type { FamilyCall } from "../device.ts";
import type { WebGpuDevice } from "./device.ts";
export function runFamily(_device: WebGpuDevice, call: FamilyCall): void {
  throw new Error(`${call.family} is not there yet`);
}
