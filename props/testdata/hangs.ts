import { Linear } from "../../nn/mod.ts";
import type { Tensor } from "../../core/mod.ts";
import { inputs, subject } from "../mod.ts";

class Hangs extends Linear {
  constructor() {
    super(3, 2);
  }
  override forward(x: Tensor): Tensor {
    if (!this.training) console.error("hangs from here on");
    while (!this.training);
    return super.forward(x);
  }
}
export class Good extends Linear {
  constructor() {
    super(3, 2);
  }
}

/** With arguments that are given, it is first called when it is judged. */
export const hangs = subject("Hangs", () => new Hangs(), {
  inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 3] })],
});
