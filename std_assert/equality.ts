import { AssertionError as NodeAssertionError } from "node:assert";
import { AssertionError, suffix } from "./assertion_error.ts";
import { equal } from "./equal.ts";

/** Asserts that two values are deeply equal, as {@linkcode equal} tells. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffix(msg)}\n\n${difference(actual, expected)}`,
  );
}

/** Asserts that two values are not deeply equal, as {@linkcode equal} tells. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} not to be: ${show(expected)}${suffix(msg)}`,
  );
}

/** Asserts that two values are the same one, as `Object.is` tells. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const what = equal(actual, expected)
    ? "Values have the same structure but are not reference-equal"
    : "Values are not strictly equal";
  throw new AssertionError(`${what}${suffix(msg)}\n\n${difference(actual, expected)}`);
}

/** Asserts that two values are not the same one, as `Object.is` tells. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!Object.is(actual, expected)) return;
  throw new AssertionError(
    `Expected "actual" to not be strictly equal to: ${show(actual)}${suffix(msg)}`,
  );
}

/**
 * Asserts that two numbers differ by `tolerance` at most; without one, by a ten-millionth of
 * `expected`.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (delta <= tolerance) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" ` +
      `is greater than "${tolerance}"${suffix(msg)}`,
  );
}

/** An array, or what can be read as one. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/** Asserts that every element of `expected` equals one of `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLikeArg<T>,
  expected: ArrayLikeArg<T>,
  msg?: string,
): void {
  const found = Array.from(actual);
  const missing = Array.from(expected).filter((value) =>
    !found.some((other) => equal(value, other))
  );
  if (missing.length === 0) return;
  throw new AssertionError(
    `Expected actual: "${show(actual)}" to include: "${show(expected)}"${suffix(msg)}\n` +
      `missing: ${show(missing)}`,
  );
}

/** Asserts that `actual` holds everything that `expected` holds, at any depth. */
export function assertObjectMatch(
  actual: object,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  assertEquals(shared(actual, expected, new Map()), shared(expected, expected, new Map()), msg);
}

/** The part of `actual` that `expected` speaks of, with all classes but collections taken off. */
function shared(actual: unknown, expected: unknown, made: Map<object, unknown>): unknown {
  if (!isPlain(actual) || !isPlain(expected)) return actual;
  if (made.has(actual)) return made.get(actual);
  if (actual instanceof Map && expected instanceof Map) {
    return new Map(
      [...actual].filter(([key]) => expected.has(key)).map((
        [key, value],
      ) => [key, shared(value, expected.get(key), made)]),
    );
  }
  if (actual instanceof Set && expected instanceof Set) {
    return new Set([...actual].filter((value) => expected.has(value)));
  }
  const part: Record<PropertyKey, unknown> = {};
  made.set(actual, part);
  for (const key of Reflect.ownKeys(expected)) {
    if (key in actual && !(Array.isArray(expected) && key === "length")) {
      part[key] = shared(Reflect.get(actual, key), Reflect.get(expected, key), made);
    }
  }
  return part;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof RegExp) &&
    !(value instanceof Date) && !ArrayBuffer.isView(value);
}

function difference(actual: unknown, expected: unknown): string {
  const { message } = new NodeAssertionError({ actual, expected, operator: "deepStrictEqual" });
  return message.replace(/^.*?\n/, "").trim();
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 10 });
}
