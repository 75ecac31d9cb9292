/**
 * What the containers share.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { Parameter } from "./parameter.ts";

/** The entries of an iterable of them (a map is one), or of a plain object. */
export function entriesOf<V>(
  source: Iterable<readonly [string, V]> | Readonly<Record<string, V>>,
): Iterable<readonly [string, V]> {
  return Symbol.iterator in source
    ? source as Iterable<readonly [string, V]>
    : Object.entries(source as Record<string, V>);
}

/** A parameter as it is, a tensor as a new parameter. */
export function asParameter(tensor: Tensor): Parameter {
  return tensor instanceof Parameter ? tensor : new Parameter(tensor);
}

/** A line of the printed form, as PyTorch's containers of parameters have it. */
export function describeParameter(name: string, parameter: Parameter): string {
  const { dtype, shape, device } = parameter;
  const place = device === "cpu" ? "" : ` (${device})`;
  return `  (${name}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}${place}]`;
}
