/**
 * The kernels that recipes can't express.
 *
 * @module
 */
import type { FamilyCall } from "../device.ts";
import type { WebGpuDevice } from "./device.ts";
import { checkCall } from "./float64.ts";
import { gather } from "./gather.ts";
import { scan } from "./scan.ts";
import { scatterSet } from "./scatter.ts";
import { scatterAdd } from "./scatter_add.ts";
import { sort } from "./sort.ts";

/** Runs one family call. */
export function runFamily(device: WebGpuDevice, call: FamilyCall): void {
  checkCall(call);
  switch (call.family) {
    case "gather":
      return gather(device, call);
    case "scatter":
      return call.mode === "set" ? scatterSet(device, call) : scatterAdd(device, call);
    case "scan":
      return scan(device, call);
    case "sort":
      return sort(device, call);
  }
}
