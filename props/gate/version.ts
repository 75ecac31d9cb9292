/**
 * This package's version, for reports and case files.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };

/** This package's version. */
export const VERSION: string = config.version;
