/**
 * Which of a module's own properties are parameters, buffers and children. The properties
 * themselves are the truth; this keeps what they can't say: names that were registered, the
 * persistence of buffers, and the order of names that look like numbers.
 *
 * @module
 */
import { Tensor } from "../core/mod.ts";
import { Buffer } from "./buffer.ts";
import { Parameter } from "./parameter.ts";

/** What a registered name is. */
export type Role = "parameter" | "buffer" | "module";

/** One registered name; `value` is null where the name is kept without one. */
export interface Entry<M> {
  readonly name: string;
  readonly role: Role;
  readonly value: Tensor | M | null;
  /** Whether checkpoints hold it; of buffers only. */
  readonly persistent: boolean;
}

interface Known {
  role: Role;
  persistent: boolean;
  /** The `Buffer` whose own flag was taken; another one brings its own. */
  buffer: Buffer | null;
}

const TENSOR_NAMES: Record<string, string> = {
  float32: "FloatTensor",
  float64: "DoubleTensor",
  float16: "HalfTensor",
  bfloat16: "BFloat16Tensor",
  int64: "LongTensor",
  int32: "IntTensor",
  int16: "ShortTensor",
  int8: "CharTensor",
  uint8: "ByteTensor",
  bool: "BoolTensor",
};

/** What a value is, for a message: PyTorch's name of a tensor type, or the JavaScript class. */
export function typeName(value: unknown): string {
  if (value instanceof Tensor) return TENSOR_NAMES[value.dtype] ?? `Tensor of ${value.dtype}`;
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "object";
}

const EXPECTED: Record<Role, string> = {
  parameter: "as parameter '%' (nn.Parameter or null expected)",
  buffer: "as buffer '%' (Tensor or null expected)",
  module: "as child module '%' (nn.Module or null expected)",
};

function misfit(value: unknown, role: Role, name: string): TypeError {
  return new TypeError(`cannot assign '${typeName(value)}' ${EXPECTED[role].replace("%", name)}`);
}

/** Object keys that JavaScript orders by number, before all others. */
const INDEX = /^(0|[1-9]\d*)$/;

/** The registered names of one module. */
export class Registry<M extends object> {
  readonly #owner: Record<string, unknown>;
  readonly #isModule: (value: unknown) => value is M;
  readonly #known = new Map<string, Known>();
  #order: string[] = [];

  constructor(owner: object, isModule: (value: unknown) => value is M) {
    this.#owner = owner as Record<string, unknown>;
    this.#isModule = isModule;
  }

  /** Gives a name a role and a value, or throws and changes nothing. */
  declare(name: string, role: Role, value: Tensor | M | null, persistent: boolean): void {
    this.#assertName(name, role);
    if (value !== null && !this.#suits(value, role)) throw misfit(value, role, name);
    if (role === "buffer" && value instanceof Parameter) {
      throw new TypeError(`cannot register a Parameter as buffer '${name}': detach() it first`);
    }
    this.#names();
    const owner = this.#owner;
    // A field that was declared without a value takes its place among the names now.
    if (owner[name] === undefined) delete owner[name];
    owner[name] = value;
    const buffer = value instanceof Buffer ? value : null;
    this.#known.set(name, { role, persistent, buffer });
    if (!this.#order.includes(name)) this.#order.push(name);
  }

  /** All registered names in order of assignment. */
  entries(): Entry<M>[] {
    const entries: Entry<M>[] = [];
    for (const name of this.#names()) {
      const value = this.#owner[name] ?? null;
      const known = this.#learn(name, value);
      if (known === undefined) continue;
      const { role, persistent } = known;
      entries.push({ name, role, value: value as Tensor | M | null, persistent });
    }
    return entries;
  }

  /** The role of a property by its value, and by its name where the value doesn't say. */
  #learn(name: string, value: unknown): Known | undefined {
    const known = this.#known.get(name);
    const role = value instanceof Parameter
      ? "parameter"
      : value instanceof Buffer
      ? "buffer"
      : this.#isModule(value)
      ? "module"
      : null;
    if (role === null) {
      if (known !== undefined && value !== null && !this.#suits(value, known.role)) {
        throw misfit(value, known.role, name);
      }
      return known;
    }
    const buffer = value instanceof Buffer ? value : null;
    if (known?.role === role && (buffer === null || buffer === known.buffer)) return known;
    const learnt = { role, persistent: buffer?.persistent ?? true, buffer } as const;
    this.#known.set(name, learnt);
    return learnt;
  }

  #suits(value: unknown, role: Role): boolean {
    if (role === "module") return this.#isModule(value);
    return role === "parameter" ? value instanceof Parameter : value instanceof Tensor;
  }

  #assertName(name: string, role: Role): void {
    if (typeof name !== "string") {
      throw new TypeError(`${role} name should be a string, got ${typeof name}`);
    }
    if (name.includes(".")) throw new TypeError(`${role} name can't contain ".", got "${name}"`);
    if (name === "") throw new TypeError(`${role} name can't be empty string ""`);
    const taken = name in this.#owner &&
      !(Object.hasOwn(this.#owner, name) && this.#owner[name] === undefined);
    if (!taken) return;
    const same = this.entries().some((entry) => entry.name === name && entry.role === role);
    if (!same) throw new TypeError(`attribute '${name}' already exists`);
  }

  /** The own enumerable names in order of assignment; forgets those that were deleted. */
  #names(): string[] {
    const names = Object.keys(this.#owner);
    for (const name of this.#known.keys()) {
      if (!Object.hasOwn(this.#owner, name)) this.#known.delete(name);
    }
    if (names.length === 0 || !INDEX.test(names[0])) {
      this.#order = names;
      return names;
    }
    // JavaScript sorts such names; what was seen before keeps its place, the new follow.
    const now = new Set(names);
    const before = this.#order.filter((name) => now.has(name));
    const seen = new Set(before);
    this.#order = [...before, ...names.filter((name) => !seen.has(name))];
    return this.#order;
  }
}
