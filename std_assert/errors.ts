import { AssertionError, suffix } from "./assertion_error.ts";
import type { AnyClass } from "./equal.ts";

/** Asserts that `error` is an `Error`, of the class and with the message named, if any are. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: AnyClass<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) {
    throw new AssertionError(`Expected "error" to be an Error object${suffix(msg)}`);
  }
  if (ErrorClass && !(error instanceof ErrorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", but was "${error.constructor.name}"${
        suffix(msg)
      }`,
      { cause: error },
    );
  }
  if (msgMatches && !matches(error.message, msgMatches)) {
    const wanted = typeof msgMatches === "string" ? JSON.stringify(msgMatches) : String(msgMatches);
    throw new AssertionError(
      `Expected error message to include ${wanted}, but got ${JSON.stringify(error.message)}${
        suffix(msg)
      }`,
      { cause: error },
    );
  }
}

function matches(message: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? message.includes(wanted) : wanted.test(message);
}

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an error of this class and message, and returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(fn: () => unknown, ...expectation: Expectation): unknown {
  const [, , msg] = read(expectation);
  try {
    fn();
  } catch (error) {
    return checked(error, "thrown", expectation);
  }
  throw new AssertionError(`Expected function to throw${suffix(msg)}`);
}

/** Asserts that the promise `fn` returns rejects, and returns what it rejected with. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that the promise `fn` returns rejects with an error of this class and message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expectation: Expectation
): Promise<unknown> {
  const [, , msg] = read(expectation);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError(`Function throws when expected to reject${suffix(msg)}`, {
      cause: error,
    });
  }
  if (typeof promise?.then !== "function") {
    throw new AssertionError(`Function throws when expected to reject${suffix(msg)}`);
  }
  try {
    await promise;
  } catch (error) {
    return checked(error, "rejected", expectation);
  }
  throw new AssertionError(`Expected function to reject${suffix(msg)}`);
}

type Expectation = [errorClassOrMsg?: AnyClass<Error> | string, msgIncludes?: string, msg?: string];

function read(
  [errorClassOrMsg, msgIncludes, msg]: Expectation,
): [AnyClass<Error> | undefined, string | undefined, string | undefined] {
  return typeof errorClassOrMsg === "string"
    ? [undefined, undefined, errorClassOrMsg]
    : [errorClassOrMsg, msgIncludes, msg];
}

function checked(error: unknown, how: string, expectation: Expectation): unknown {
  const [ErrorClass, msgIncludes, msg] = read(expectation);
  if (ErrorClass) {
    if (!(error instanceof Error)) {
      throw new AssertionError(`A non-Error object was ${how}${suffix(msg)}`);
    }
    assertIsError(error, ErrorClass, msgIncludes, msg);
  }
  return error;
}
