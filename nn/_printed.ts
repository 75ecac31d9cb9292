/**
 * The printed form of a module, as PyTorch's `Module.__repr__` has it.
 *
 * @module
 */

/** A class, what it says of itself, and its children by name; those that are null print as `None`. */
export function printed(
  name: string,
  extra: string,
  children: readonly { readonly name: string; readonly value: object | null }[],
): string {
  const lines = extra === "" ? [] : extra.split("\n");
  if (lines.length === 1 && children.length === 0) return `${name}(${extra})`;
  for (const child of children) {
    lines.push(`(${child.name}): ${child.value ?? "None"}`.replaceAll("\n", "\n  "));
  }
  return lines.length === 0 ? `${name}()` : `${name}(\n  ${lines.join("\n  ")}\n)`;
}
