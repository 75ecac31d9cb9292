/**
 * The healthy modules that mutants are made from, and ways to look at them.
 *
 * @module
 */
import { linspace, manualSeed, ones, rand, randn, type Tensor } from "../../core/mod.ts";
import { Buffer, Linear, Module, Parameter } from "../../nn/mod.ts";
import { inputs } from "../argument.ts";
import { type Subject, subject } from "../subject.ts";

/** A parameter, a buffer of each kind, and a child: the smallest module that has everything. */
export class Healthy extends Module {
  weight: Parameter = new Parameter(randn([4]));
  scale: Buffer = new Buffer(rand([4]));
  count: Buffer = new Buffer(ones([], { dtype: "int64" }));
  transient: Buffer = new Buffer(ones([4]), { persistent: false });
  lin: Linear = new Linear(4, 4);

  override forward(x: Tensor): Tensor {
    return this.lin.forward(x.mul(this.weight).mul(this.scale).add(this.transient));
  }
}

const row = [inputs.tensor({ shape: [inputs.size(1, 3), 4] })];

/** A subject that takes rows of 4. */
export function rows(name: string, make: () => Module): Subject {
  return subject(name, make, { inputs: row });
}

/** The healthy subject. */
export const healthy: Subject = rows("Healthy", () => new Healthy());

/** An instance of a seed. */
export function made<M extends Module = Module>(from: Subject, seed = 1): M {
  manualSeed(seed);
  return from.make!() as M;
}

/** The output for a ramp, as text. */
export async function outputText(
  module: Module,
  x: Tensor = linspace(1, 4, 8).reshape([2, 4]),
): Promise<string> {
  return JSON.stringify(await (module.forward(x) as Tensor).tolist());
}
