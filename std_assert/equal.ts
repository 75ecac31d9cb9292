/** A class, whatever its constructor takes. */
export type AnyClass<T = unknown> = abstract new (...args: never[]) => T;

/**
 * Says whether two values are deeply equal, by the rules of Deno's standard library.
 *
 * `NaN` equals `NaN`, `-0` equals `0`; values of two different classes are never equal; the order of
 * a `Map`'s or `Set`'s entries does not count; cycles end.
 *
 * @param a One value.
 * @param b The other.
 * @returns Whether they are equal.
 * @throws {TypeError} For two `WeakMap`s or two `WeakSet`s, which can't be looked into.
 */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}

type Compared = Map<object, object>;

function compare(a: unknown, b: unknown, compared: Compared): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof RegExp && b instanceof RegExp || a instanceof URL && b instanceof URL) {
    return String(a) === String(b);
  }
  if (classOf(a) !== classOf(b)) return false;
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a[Symbol.toStringTag]} instances`);
  }
  if (a instanceof WeakRef && b instanceof WeakRef) return compare(a.deref(), b.deref(), compared);
  if (compared.get(a) === b) return true;
  compared.set(a, b);

  if (isNumbers(a)) return isNumbers(b) && sameNumbers(a, b);
  if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
    return sameNumbers(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  if (a instanceof Set && b instanceof Set && !sameEntries(pairs(a), pairs(b), compared)) {
    return false;
  }
  if (a instanceof Map && b instanceof Map && !sameEntries([...a], [...b], compared)) return false;
  return sameProperties(a, b, compared);
}

function classOf(value: object): unknown {
  // An object without a prototype and a literal are the same to a reader of a test.
  return value.constructor ?? Object;
}

type Numbers = { readonly length: number; readonly [index: number]: number | bigint };

function isNumbers(value: object): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function sameNumbers(a: Numbers, b: Numbers): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

function pairs(set: Set<unknown>): [unknown, unknown][] {
  return Array.from(set, (value) => [value, null]);
}

function sameEntries(
  a: [unknown, unknown][],
  b: [unknown, unknown][],
  compared: Compared,
): boolean {
  if (a.length !== b.length) return false;
  // Keys that are objects are matched by what they hold, each against one not matched yet.
  const left = new Set(b);
  const byKey = new Map(b.map((entry) => [entry[0], entry]));
  for (const [key, value] of a) {
    let match = byKey.get(key);
    if (match === undefined || !left.has(match) || !compare(value, match[1], new Map(compared))) {
      if (typeof key !== "object" || key === null) return false;
      match = [...left].find((entry) =>
        compare(key, entry[0], new Map(compared)) && compare(value, entry[1], new Map(compared))
      );
      if (match === undefined) return false;
    }
    left.delete(match);
  }
  return true;
}

function sameProperties(a: object, b: object, compared: Compared): boolean {
  const keys = enumerableKeys(a);
  if (keys.length !== enumerableKeys(b).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) && compare(Reflect.get(a, key), Reflect.get(b, key), compared)
  );
}

function enumerableKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key)
  );
}
