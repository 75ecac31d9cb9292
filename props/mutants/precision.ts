/**
 * Modules that need more digits or more room than half precision has.
 *
 * @module
 */
import { arange, linspace, type Tensor } from "../../core/mod.ts";
import { Linear, Module } from "../../nn/mod.ts";
import type { Subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { made, outputText, rows } from "./parts.ts";

/** Scores of columns that may be masked, all of a row at worst. */
class Masked extends Module {
  lin: Linear = new Linear(4, 4);
  protected readonly sentinel: number = -1e4;
  override forward(x: Tensor): Tensor {
    const scores = this.lin.forward(x).maskedFill(x.lt(10), this.sentinel);
    return scores.softmax(-1).mul(x);
  }
}

class Overflows extends Masked {
  protected override readonly sentinel: number = -1e9;
}

/** Adds waves, far from where they begin. */
class Waves extends Module {
  protected angles(x: Tensor): Tensor {
    const { device } = x;
    return arange(1000, 1004, 1, { dtype: "float32", device }).mul(0.37);
  }
  override forward(x: Tensor): Tensor {
    return x.add(this.angles(x).sin().type(x.dtype));
  }
}

class CoarseAngles extends Waves {
  protected override angles(x: Tensor): Tensor {
    return super.angles(x).type(x.dtype);
  }
}

const inHalf = async (of: Subject): Promise<string> => {
  const module = await made(of).half();
  return await outputText(module, linspace(1, 4, 8).reshape([2, 4]).half());
};

const half = { law: "device/half-precision-agrees", observe: inHalf } as const;

/** Mutants of precision. */
export const precisionMutants: readonly Mutant[] = [
  {
    ...half,
    id: "sentinel-overflows-in-half",
    about: "What masks a score is no number of float16: a row that is all masked becomes NaN.",
    thread: issue("huggingface/transformers", 17306),
    original: rows("Masked", () => new Masked()),
    subject: rows("Overflows", () => new Overflows()),
  },
  {
    ...half,
    id: "angles-in-half",
    about: "Angles are rounded to the module's dtype before their sine is taken.",
    thread: issue("EleutherAI/gpt-neox", 1003),
    original: rows("Waves", () => new Waves()),
    subject: rows("CoarseAngles", () => new CoarseAngles()),
  },
];
