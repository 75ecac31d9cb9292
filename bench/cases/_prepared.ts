import type { Tensor } from "../../core/mod.ts";
import type { Prepared } from "../case.ts";

/**
 * A case that is one expression. A run computes it into device memory (`realize`) and frees the
 * result, as a program would that has used it: a synchronous loop never gets to the collector.
 */
export function expression(build: () => Tensor, inputs: readonly Tensor[]): Prepared {
  return {
    run(): void {
      build().realize().dispose();
    },
    async result(): Promise<ArrayLike<number>> {
      return await build().data() as ArrayLike<number>;
    },
    dispose(): void {
      for (const input of inputs) input.dispose();
    },
  };
}
