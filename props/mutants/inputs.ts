/**
 * Modules that take what they should refuse, or refuse it badly.
 *
 * @module
 */
import { linspace, noGrad, ones, ShapeError, type Tensor } from "../../core/mod.ts";
import { Buffer, Module } from "../../nn/mod.ts";
import type { Subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";
import { made, rows } from "./parts.ts";

/** Counts the batches that it takes, all of them of four columns. */
class Counts extends Module {
  count: Buffer = new Buffer(ones([], { dtype: "int64" }));
  protected check(x: Tensor): void {
    if (x.shape.at(-1) === 4) return;
    throw new ShapeError(`Counts: expected [..., 4], got [${x.shape.join(", ")}]`);
  }
  protected step(): void {
    if (this.training) noGrad(() => this.count.add_(1));
  }
  override forward(x: Tensor): Tensor {
    this.check(x);
    this.step();
    return x.mul(2);
  }
}

class CountsRefused extends Counts {
  override forward(x: Tensor): Tensor {
    this.step();
    this.check(x);
    return x.mul(2);
  }
}

class ThrowsText extends Counts {
  protected override check(x: Tensor): void {
    if (x.shape.at(-1) !== 4) throw "a bad shape";
  }
}

class TakesText extends Counts {
  override forward(x: unknown): Tensor {
    return typeof x === "string" ? ones([1]) : super.forward(x as Tensor);
  }
}

/** What is thrown at a text and at a wrong shape, and the count after them. */
const refused = async (of: Subject): Promise<string> => {
  const module = made(of);
  const thrown = ["text", linspace(0, 1, 5)].map((x) => {
    try {
      module.forward(x);
      return "nothing";
    } catch (error) {
      return typeof error;
    }
  });
  const [count] = module.buffers();
  return JSON.stringify([thrown, String(await count.item())]);
};

const refusal = {
  law: "math/refusals",
  original: rows("Counts", () => new Counts()),
  observe: refused,
} as const;

/** Mutants of taking and refusing arguments. */
export const inputMutants: readonly Mutant[] = [
  {
    ...refusal,
    id: "counts-what-it-refuses",
    about: "A batch is counted before it is looked at.",
    subject: rows("CountsRefused", () => new CountsRefused()),
  },
  {
    ...refusal,
    id: "throws-a-string",
    about: "What is thrown is no Error: it has no stack and no name.",
    subject: rows("ThrowsText", () => new ThrowsText()),
  },
  {
    ...refusal,
    id: "takes-text",
    about: "A text is answered by ones.",
    subject: rows("TakesText", () => new TakesText()),
  },
];
