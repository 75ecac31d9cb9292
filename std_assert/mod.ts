/**
 * Assertions for the tests: the names, signatures and meaning of `@std/assert`, for machines that
 * reach no registry but npm's. `deno.std.json` puts the original in its place.
 *
 * @module
 */
export { AssertionError } from "./assertion_error.ts";
export * from "./basic.ts";
export { equal } from "./equal.ts";
export * from "./equality.ts";
export * from "./errors.ts";
