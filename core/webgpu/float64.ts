/**
 * What can't be done with float64: WGSL has no arithmetic on it. Its tensors are kept, moved,
 * chosen from and converted, as bits.
 *
 * @module
 */
import type { FamilyCall } from "../device.ts";
import { DTypeError } from "../errors.ts";
import { type Node, operandsOf } from "../node.ts";

/** Functions of a float64 that are no arithmetic. */
const OF_BITS = new Set<string>(["neg", "abs", "isnan"]);

/** Throws `DTypeError` for a node that computes in float64. */
export function checkNode(node: Node): void {
  if (node.dtype === "float64" || operandsOf(node).some(({ dtype }) => dtype === "float64")) {
    const computes = computationOf(node);
    if (computes !== null) refuse(computes);
  }
}

/** The name of what a node computes; null where it only moves bits. */
function computationOf(node: Node): string | null {
  switch (node.kind) {
    case "load":
    case "const":
    case "cast":
    case "where":
      return null;
    case "contract":
      return "matmul";
    case "index":
    case "random":
      return node.kind;
    case "unary":
      return OF_BITS.has(node.op) ? null : node.op;
    default:
      return node.op;
  }
}

/** Throws `DTypeError` for a call of a family that computes in float64. */
export function checkCall(call: FamilyCall): void {
  if (call.dtype !== "float64") return;
  switch (call.family) {
    case "gather":
      return;
    case "scatter":
      return call.mode === "set" ? undefined : refuse("scatterAdd");
    case "scan":
      return refuse(`cum${call.op}`);
    case "sort":
      return refuse("sort");
  }
}

function refuse(what: string): never {
  throw new DTypeError(
    `${what}: "webgpu" does not compute in float64; convert with x.float(), or move with await x.to("cpu")`,
  );
}
