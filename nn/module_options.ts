/**
 * What the methods of a module take and give.
 *
 * @module
 */

/** What to list, and how to name it. */
export interface NamedOptions {
  /** Put before every name, with a dot; none by default. */
  prefix?: string;
  /** Whether children are searched too; true by default. */
  recurse?: boolean;
  /** Whether what has several names is listed under its first only; true by default. */
  removeDuplicate?: boolean;
}

/** Options of `stateDict`. */
export interface StateDictOptions {
  /** Put before every name as it stands (with its dot); none by default. */
  prefix?: string;
  /** Whether the values are the parameters themselves, not detached; false by default. */
  keepVars?: boolean;
}

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Whether missing and unexpected names are errors; true by default. */
  strict?: boolean;
  /** Whether the given tensors are installed, in place of copied into the existing ones; false by default. */
  assign?: boolean;
}

/** What a state dict and a module did not have in common. */
export interface IncompatibleKeys {
  /** Names that the module has and the state dict lacks. */
  missingKeys: string[];
  /** Names that the state dict has and the module lacks. */
  unexpectedKeys: string[];
}

/** Options of `zeroGrad`. */
export interface ZeroGradOptions {
  /** Whether `grad` becomes null, in place of zeros; true by default. */
  setToNone?: boolean;
}
