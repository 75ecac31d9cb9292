/**
 * The named errors of the engine. Each is thrown at the call that caused it, with the values in
 * its message.
 *
 * @module
 */

/** Shapes, dimensions or sizes that do not fit together. */
export class ShapeError extends RangeError {
  /** The class's name, as printed before the message. */
  override name = "ShapeError";
}

/** An index outside of the dimension that it indexes. */
export class IndexError extends RangeError {
  /** The class's name, as printed before the message. */
  override name = "IndexError";
}

/** A dtype that an operation does not take, or that two operands do not share. */
export class DTypeError extends TypeError {
  /** The class's name, as printed before the message. */
  override name = "DTypeError";
}

/** Tensors on different devices in one operation, or a device that is not there. */
export class DeviceError extends Error {
  /** The class's name, as printed before the message. */
  override name = "DeviceError";
}

/** A device that went away while work on it was pending. */
export class DeviceLostError extends DeviceError {
  /** The class's name, as printed before the message. */
  override name = "DeviceLostError";
}

/** Memory that the device does not have; the message says what was asked and what is live. */
export class OutOfMemoryError extends Error {
  /** The class's name, as printed before the message. */
  override name = "OutOfMemoryError";
}

/** A misuse of automatic differentiation: nothing to differentiate, a value changed in place. */
export class AutogradError extends Error {
  /** The class's name, as printed before the message. */
  override name = "AutogradError";
}

/** A state dict that does not fit the module it is loaded into; every problem is listed. */
export class StateDictError extends Error {
  /** The class's name, as printed before the message. */
  override name = "StateDictError";
  /** Names that the module has and the state dict lacks. */
  readonly missingKeys: string[];
  /** Names that the state dict has and the module lacks. */
  readonly unexpectedKeys: string[];
  /** Names whose shape or dtype differs, with the reason. */
  readonly mismatched: string[];

  /**
   * Makes the error from everything that was found.
   *
   * @param message The full text, in PyTorch's wording.
   * @param found The lists behind the text.
   */
  constructor(
    message: string,
    found: { missingKeys?: string[]; unexpectedKeys?: string[]; mismatched?: string[] } = {},
  ) {
    super(message);
    this.missingKeys = found.missingKeys ?? [];
    this.unexpectedKeys = found.unexpectedKeys ?? [];
    this.mismatched = found.mismatched ?? [];
  }
}

/** A file that is not a checkpoint, is damaged, or holds what is not supported. */
export class CheckpointError extends Error {
  /** The class's name, as printed before the message. */
  override name = "CheckpointError";
}

/** A pickle that names a global outside of the allow-list. */
export class UnsafePickleError extends CheckpointError {
  /** The class's name, as printed before the message. */
  override name = "UnsafePickleError";
}
