/** What every assertion throws when it does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";

  /**
   * @param message What was expected, and what was found.
   * @param options The `cause`, if another error led here.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The caller's message as the end of a sentence, or the full stop in its place. */
export function suffix(msg?: string): string {
  return msg ? `: ${msg}` : ".";
}
