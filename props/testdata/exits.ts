import { Linear } from "../../nn/mod.ts";
import type { Tensor } from "../../core/mod.ts";
import { inputs, subject } from "../mod.ts";

class Exits extends Linear {
  constructor() {
    super(3, 2);
  }
  override forward(x: Tensor): Tensor {
    if (!this.training) Deno.exit(7);
    return super.forward(x);
  }
}

/** With arguments that are given, it is first called when it is judged. */
export const exits = subject("Exits", () => new Exits(), {
  inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 3] })],
});
