/**
 * The kernels that recipes can't express.
 *
 * @module
 */
import type { FamilyCall } from "../device.ts";
import { DTypeError } from "../errors.ts";
import type { WebGpuDevice } from "./device.ts";
import { gather } from "./gather.ts";
import { scan } from "./scan.ts";
import { scatterSet } from "./scatter.ts";
import { scatterAdd } from "./scatter_add.ts";
import { sort } from "./sort.ts";

/** Runs one family call. */
export function runFamily(device: WebGpuDevice, call: FamilyCall): void {
  if (call.dtype === "float64") assertMovesBits(call);
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

/** Throws for what takes arithmetic, which WGSL does not have for float64. */
function assertMovesBits(call: FamilyCall): void {
  let what: string = call.family;
  if (call.family === "gather") return;
  if (call.family === "scatter") {
    if (call.mode === "set") return;
    what = "scatterAdd";
  }
  if (call.family === "scan") what = `cum${call.op}`;
  throw new DTypeError(
    `${what}: "webgpu" does not compute in float64; convert with x.float(), or move with await x.to("cpu")`,
  );
}
