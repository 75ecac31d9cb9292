import { Linear } from "../../nn/mod.ts";
import type { Tensor } from "../../core/mod.ts";
import { inputs, subject } from "../mod.ts";

const eaten: Uint8Array[] = [];
class Eats extends Linear {
  constructor() {
    super(3, 2);
  }
  override forward(x: Tensor): Tensor {
    while (!this.training) eaten.push(new Uint8Array(1 << 20).fill(1));
    return super.forward(x);
  }
}

/** With arguments that are given, it is first called when it is judged. */
export const eats = subject("Eats", () => new Eats(), {
  inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 3] })],
});
