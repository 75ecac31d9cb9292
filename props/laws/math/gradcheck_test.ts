import { assertEquals } from "@std/assert";
import { ones, type Tensor } from "../../../core/mod.ts";
import { Module, Parameter } from "../../../nn/mod.ts";
import { inputs } from "../../argument.ts";
import { judge } from "../../runner.ts";
import { subject } from "../../subject.ts";
import { gradcheck } from "./gradcheck.ts";

/** Two parameters of one memory. */
class Tied extends Module {
  first: Parameter = new Parameter(ones([3, 3]));
  second: Parameter;
  constructor(view: (of: Tensor) => Tensor) {
    super();
    this.second = new Parameter(view(this.first.detach()));
  }
  override forward(x: Tensor): Tensor {
    return x.matmul(this.first).tanh().matmul(this.second);
  }
}

const tied = (view: (of: Tensor) => Tensor) =>
  subject("Tied", () => new Tied(view), { inputs: [inputs.tensor({ shape: [2, 3] })] });

Deno.test("math/gradcheck adds the gradients of two parameters that are the same elements", async () => {
  const { verdict, reason } = await judge(gradcheck, tied((of) => of));
  assertEquals(verdict, "held", reason ?? "");
});

Deno.test("math/gradcheck says nothing where two parameters are the same elements in another order", async () => {
  const { verdict, reason } = await judge(gradcheck, tied((of) => of.T));
  assertEquals([verdict, reason], ["unknown", "nothing was compared in any case"]);
});
