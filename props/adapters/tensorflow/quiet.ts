/**
 * Standard output belongs to the protocol: what others print goes to standard error. Imported before
 * they are.
 *
 * @module
 */
console.log = console.info = console.debug = console.error;
