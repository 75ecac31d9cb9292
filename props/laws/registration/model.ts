/**
 * What a module's registry should be, in plain maps, after any sequence of changes.
 *
 * @module
 */
import { type DType, DTYPES, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { decodeNumbers } from "../../fill.ts";
import { snapshot } from "../../compare.ts";

/** A tensor of the model: two names of one tensor hold one cell, two tensors in one memory one array. */
export interface Cell {
  /** The elements; int64 beyond 2^53 is not told apart. */
  values: number[];
  /** The dtype. */
  dtype: DType;
  /** Whether it is trained. */
  requiresGrad: boolean;
}

/** A module of the model. */
export interface Node {
  /** Parameters in the order of their registration. */
  readonly parameters: Map<string, Cell>;
  /** Buffers, and whether files hold them. */
  readonly buffers: Map<string, { readonly cell: Cell; readonly persistent: boolean }>;
  /** Children. */
  readonly children: Map<string, Node>;
  /** The mode. */
  training: boolean;
}

/** A module with nothing in it. */
export function emptyNode(): Node {
  return { parameters: new Map(), buffers: new Map(), children: new Map(), training: true };
}

/** The model of a module as it is now. */
export async function modelOf(root: Module, transient: ReadonlySet<string>): Promise<Node> {
  const nodes = new Map<Module, Node>();
  const cells = new Map<object, Cell>();
  const memory = new Map<unknown, number[]>();
  const own = { recurse: false, removeDuplicate: false };
  const cellOf = async (tensor: Tensor): Promise<Cell> => {
    const known = cells.get(tensor);
    if (known !== undefined) return known;
    const { bytes, dtype } = await snapshot(tensor);
    const shared = memory.get(tensor.storage);
    const values = shared?.length === tensor.numel ? shared : decodeNumbers(bytes, dtype);
    memory.set(tensor.storage, values);
    const cell = { values, dtype, requiresGrad: tensor.requiresGrad };
    cells.set(tensor, cell);
    return cell;
  };
  const build = async (module: Module, path: string): Promise<Node> => {
    const known = nodes.get(module);
    if (known !== undefined) return known;
    const node = { ...emptyNode(), training: module.training };
    nodes.set(module, node);
    for (const [name, value] of module.namedParameters(own)) {
      node.parameters.set(name, await cellOf(value));
    }
    for (const [name, value] of module.namedBuffers(own)) {
      const persistent = !transient.has(`${path}${name}`);
      node.buffers.set(name, { cell: await cellOf(value), persistent });
    }
    for (const [name, child] of module.namedChildren({ removeDuplicate: false })) {
      node.children.set(name, await build(child, `${path}${name}.`));
    }
    return node;
  };
  return await build(root, "");
}

/** Every node once. */
export function nodesOf(root: Node): Set<Node> {
  const found = new Set([root]);
  for (const node of found) for (const child of node.children.values()) found.add(child);
  return found;
}

/** Every cell once. */
export function cellsOf(root: Node): Set<Cell> {
  return new Set([...nodesOf(root)].flatMap(({ parameters, buffers }) => [
    ...parameters.values(),
    ...[...buffers.values()].map(({ cell }) => cell),
  ]));
}

/** The names of all parameters with their cells, in order. */
export function parametersOf(node: Node, prefix = ""): [string, Cell][] {
  return [
    ...[...node.parameters].map(([name, cell]): [string, Cell] => [prefix + name, cell]),
    ...[...node.children].flatMap(([name, child]) => parametersOf(child, `${prefix}${name}.`)),
  ];
}

/** The names of all buffers with their cells, in order. */
export function buffersOf(node: Node, prefix = ""): [string, Cell][] {
  return [
    ...[...node.buffers].map(([name, { cell }]): [string, Cell] => [prefix + name, cell]),
    ...[...node.children].flatMap(([name, child]) => buffersOf(child, `${prefix}${name}.`)),
  ];
}

/** What a state dict holds, in order. */
export function savedOf(node: Node, prefix = ""): [string, Cell][] {
  return [
    ...[...node.parameters].map(([name, cell]): [string, Cell] => [prefix + name, cell]),
    ...[...node.buffers].filter(([, { persistent }]) => persistent)
      .map(([name, { cell }]): [string, Cell] => [prefix + name, cell]),
    ...[...node.children].flatMap(([name, child]) => savedOf(child, `${prefix}${name}.`)),
  ];
}

/** Casts the floating cells. */
export function castCells(root: Node, dtype: "float32" | "float64"): void {
  for (const cell of cellsOf(root)) {
    if (DTYPES[cell.dtype].kind !== "float") continue;
    cell.dtype = dtype;
    if (dtype === "float32") cell.values.forEach((each, i) => cell.values[i] = Math.fround(each));
  }
}
