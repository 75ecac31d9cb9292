/**
 * The one place that names the version of fast-check.
 *
 * @module
 */
export { default as fc } from "npm:fast-check@^4";
