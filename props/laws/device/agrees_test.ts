import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../../core/mod.ts";
import { Linear, Module } from "../../../nn/mod.ts";
import { inputs } from "../../argument.ts";
import { judge } from "../../runner.ts";
import { subject } from "../../subject.ts";
import { devicesAgree } from "./agrees.ts";

/** A sum that is rounded to whole numbers, where float32 and float64 may jump otherwise. */
class Rounded extends Module {
  lin = new Linear(64, 8);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(65536).round();
  }
}

Deno.test("device/agrees does not refute a module for jumping as float64 jumps a rounding away", async () => {
  const rounded = subject("Rounded", () => new Rounded(), {
    inputs: [inputs.tensor({ shape: [inputs.size(1, 8), 64] })],
  });
  const { verdict, runs } = await judge(devicesAgree, rounded, { runs: 90 });
  assertEquals(verdict, "held");
  assert(runs < 90, "no case jumped");
});
