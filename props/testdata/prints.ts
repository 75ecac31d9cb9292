import { Linear } from "../../nn/mod.ts";
import type { Tensor } from "../../core/mod.ts";

console.log("imported");

export class Prints extends Linear {
  constructor() {
    super(3, 2);
  }
  override forward(x: Tensor): Tensor {
    Deno.stdout.writeSync(new TextEncoder().encode("no end of a line"));
    return super.forward(x);
  }
}
