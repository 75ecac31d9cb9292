/**
 * Finding what a module holds outside of its registry, by walking its own properties: arrays, maps,
 * sets and nested objects too.
 *
 * @module
 */
import { Tensor } from "../core/mod.ts";
import { Module } from "../nn/mod.ts";

/** Something found, and how to get to it. */
export interface Found<T> {
  /** The path from the module: `layers[0].weight`. */
  readonly path: string;
  /** What is there. */
  readonly value: T;
}

/** What hangs on a module. */
export interface Reachable {
  /** Tensors, registered or not. */
  readonly tensors: Found<Tensor>[];
  /** Modules, registered or not, without the module itself. */
  readonly modules: Found<Module>[];
}

/** Everything that can be reached from a module through properties, each thing under its first path. */
export function reachable(root: Module): Reachable {
  const found: Reachable = { tensors: [], modules: [] };
  const seen = new Set<unknown>([root]);
  const queue: Found<object>[] = [{ path: "", value: root }];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
    for (const [path, value] of parts(item)) {
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      if (value instanceof Tensor) {
        found.tensors.push({ path, value });
        continue;
      }
      if (value instanceof Module) found.modules.push({ path, value });
      if (!ArrayBuffer.isView(value)) queue.push({ path, value });
    }
  }
  return found;
}

/** The parts of an object with their paths. Getters are left alone: they may compute. */
function parts({ path, value }: Found<object>): [string, unknown][] {
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((item, i) => [`${path}[${i}]`, item]);
  }
  if (value instanceof Map) {
    return [...value].flatMap(([key, item]): [string, unknown][] => [
      [`${path}.get(${JSON.stringify(String(key))})`, item],
      [`${path}'s key`, key],
    ]);
  }
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
  const symbols = Object.getOwnPropertySymbols(value).map((symbol) =>
    [
      `[${String(symbol)}]`,
      Object.getOwnPropertyDescriptor(value, symbol)!,
    ] as const
  );
  const own = [...descriptors, ...symbols]
    .filter(([, descriptor]) => "value" in descriptor)
    .map(([name, descriptor]): [string, unknown] => [
      path === "" ? name : `${path}.${name}`,
      descriptor.value,
    ]);
  return value instanceof Module ? [...own, ...statics(value.constructor)] : own;
}

/** What a module's class holds, which all its instances share. */
function statics(cls: { name: string }): [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(cls))
    .filter(([name, { value }]) => name !== "prototype" && typeof value === "object")
    .map(([name, { value }]) => [`static ${cls.name}.${name}`, value]);
}

/** Every tensor that a module registers, under each of its names. */
export function registered(module: Module): [string, Tensor][] {
  return [
    ...module.namedParameters({ removeDuplicate: false }),
    ...module.namedBuffers({ removeDuplicate: false }),
  ];
}
