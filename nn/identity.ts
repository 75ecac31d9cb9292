/**
 * The module that does nothing.
 *
 * @module
 */
import { Module } from "./module.ts";

/** Gives its input back; stands where another module may stand. PyTorch: `torch.nn.Identity`. */
export class Identity extends Module {
  /** The input. */
  override forward<T>(x: T): T {
    return x;
  }
}
