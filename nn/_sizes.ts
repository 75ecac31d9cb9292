/**
 * The check of the sizes that a layer is made with.
 *
 * @module
 */
import { ShapeError } from "../core/mod.ts";

/** Throws `ShapeError` in the layer's name for a size that no dimension can have. */
export function assertSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(`${layer}: ${name} is a whole number from 0 up, got ${size}`);
    }
  }
}
