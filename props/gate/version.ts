/**
 * This package's version, for reports and case files.
 *
 * @module
 */

/** This package's version, as in `deno.json`, which modules in a folder can't import. */
export const VERSION = "0.1.0";
