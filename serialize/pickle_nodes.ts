/**
 * What a pickle says, as plain data: the vocabulary between the pickle reader and writer, which
 * know bytes, and those who know what the named globals mean.
 *
 * Python's `None`, `bool`, `int`, `float`, `str`, `bytes` and `list` are JavaScript's own values;
 * the rest are the classes here. Shared and cyclic structure is kept by reference.
 *
 * @module
 */

/** One value of a pickle. */
export type PickleNode =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleNode[]
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleObject
  | PicklePersistent;

/** A Python tuple. */
export class PickleTuple {
  /** Makes a tuple of these items. */
  constructor(readonly items: readonly PickleNode[]) {}
}

/** A Python dict: pairs in order. A later pair of an equal key replaces the earlier one. */
export class PickleDict {
  /** Makes a dict of these pairs. */
  constructor(readonly pairs: [PickleNode, PickleNode][] = []) {}
}

/** A Python set or frozenset, written with an opcode of its own (protocol 4). */
export class PickleSet {
  /** Makes a set of these members. */
  constructor(readonly members: PickleNode[] = []) {}
}

/** A class or function named by its module and its name; it is only a name here. */
export class PickleGlobal {
  /** Names a global. */
  constructor(readonly module: string, readonly name: string) {}

  /** Both names with a dot between, as messages and tables spell a global. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What calling a global would have made, and what was put into it afterwards. */
export class PickleObject {
  /** The dict items stored into the object. */
  readonly pairs: [PickleNode, PickleNode][] = [];
  /** The list items appended to the object, or the set members added. */
  readonly items: PickleNode[] = [];
  /** The state given to the object last. */
  state: PickleNode | undefined = undefined;

  /** Makes a call that nobody will make. */
  constructor(readonly callable: PickleGlobal, readonly args: PickleTuple) {}
}

/** An object that lives outside of the pickle, by the id that the pickle gives. */
export class PicklePersistent {
  /** Makes a reference. */
  constructor(readonly id: PickleNode) {}
}
