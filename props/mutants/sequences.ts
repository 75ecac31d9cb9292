/**
 * Modules that handle padding or pieces of sequences badly.
 *
 * @module
 */
import { cat, linspace, type Tensor, tensor, zeros } from "../../core/mod.ts";
import { Linear, Module } from "../../nn/mod.ts";
import { inputs } from "../argument.ts";
import { fc } from "../fast_check.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { made } from "./parts.ts";

/** The mean over a sequence, weighted by scores. */
class Pooled extends Module {
  lin: Linear = new Linear(4, 1);
  override forward(x: Tensor, padded: Tensor): Tensor {
    const mask = padded.unsqueeze(-1);
    const weights = this.lin.forward(x).maskedFill(mask, -1e4).softmax(1);
    return weights.mul(x).maskedFill(mask, 0).sum([1]);
  }
}

class ScoresOfZero extends Pooled {
  override forward(x: Tensor, padded: Tensor): Tensor {
    const mask = padded.unsqueeze(-1);
    const weights = this.lin.forward(x).maskedFill(mask, 0).softmax(1);
    return weights.mul(x).maskedFill(mask, 0).sum([1]);
  }
}

class TimesZero extends Pooled {
  override forward(x: Tensor, padded: Tensor): Tensor {
    const mask = padded.unsqueeze(-1);
    const weights = this.lin.forward(x).maskedFill(mask, -1e4).softmax(1);
    return weights.mul(x).mul(mask.logicalNot().type(x.dtype)).sum([1]);
  }
}

/** Adds its place to each element. */
class Places extends Module {
  lin: Linear = new Linear(4, 4);
  /** The output, and the place of what comes next. */
  override forward(x: Tensor, from?: Tensor): [output: Tensor, next: Tensor] {
    const { device, shape: [, length] } = x;
    const first = from ?? zeros([], { device });
    const places = linspace(0, length - 1, length, { device }).add(first).unsqueeze(-1);
    return [this.lin.forward(x).add(places), this.after(from, first.add(length))];
  }
  protected after(_from: Tensor | undefined, to: Tensor): Tensor {
    return to;
  }
}

class StartsAnew extends Places {
  protected override after(_from: Tensor | undefined, to: Tensor): Tensor {
    return to.mul(0);
  }
}

class FirstOnly extends Places {
  protected override after(from: Tensor | undefined, to: Tensor): Tensor {
    return from ?? to;
  }
}

const { size } = inputs;
const padded = (name: string, make: () => Module): Subject =>
  subject(name, make, {
    inputs: fc.tuple(size(1, 3), size(1, 5)).chain(([batch, length]) =>
      fc.tuple(
        inputs.tensor({ shape: [batch, length, 4] }),
        inputs.tensor({ shape: [batch, length], dtype: "bool", high: 1 }),
      )
    ),
    claims: { paddingIndependent: { input: 0, mask: 1 } },
  });
const pieces = (name: string, make: () => Module): Subject =>
  subject(name, make, {
    inputs: [inputs.tensor({ shape: [size(1, 3), size(4, 8), 4] })],
    claims: { incremental: { input: 0, output: "output[0]", state: { 1: "output[1]" } } },
  });

/** The answer to two vectors and a masked infinity. */
const pooled = async (of: Subject): Promise<string> => {
  const x = cat([linspace(1, 4, 8), zeros([3]), tensor([Infinity])]).reshape([1, 3, 4]);
  const mask = tensor([[false, false, true]]);
  return JSON.stringify(await (made(of).forward(x, mask) as Tensor).tolist());
};

/** The answers to a sequence in three pieces. */
const threePieces = async (of: Subject): Promise<string> => {
  const module = made<Places>(of);
  let from: Tensor | undefined;
  const answers = [0, 1, 2].map((i) => {
    const [output, next] = module.forward(linspace(i, i + 1, 4).reshape([1, 1, 4]), from);
    from = next;
    return output.tolist();
  });
  return JSON.stringify(await Promise.all(answers));
};

const padding = {
  law: "math/padding-independent",
  original: padded("Pooled", () => new Pooled()),
  observe: pooled,
} as const;
const incremental = {
  law: "math/incremental-equals-full",
  original: pieces("Places", () => new Places()),
  observe: threePieces,
} as const;

/** Mutants of sequences. */
export const sequenceMutants: readonly Mutant[] = [
  {
    ...padding,
    id: "padding-counts-as-zeros",
    about: "Padding has scores of 0 and takes part in the softmax.",
    thread: issue("facebookresearch/ParlAI", 1649),
    subject: padded("ScoresOfZero", () => new ScoresOfZero()),
  },
  {
    ...padding,
    id: "padding-is-multiplied-by-zero",
    about: "Padding is multiplied by 0, which leaves NaN of what is infinite.",
    subject: padded("TimesZero", () => new TimesZero()),
  },
  {
    ...incremental,
    id: "pieces-start-anew",
    about: "Each piece is placed at the beginning.",
    thread: issue("lucidrains/rotary-embedding-torch", 11),
    subject: pieces("StartsAnew", () => new StartsAnew()),
  },
  {
    ...incremental,
    id: "state-of-the-first-piece",
    about: "The place goes on from the first piece only.",
    subject: pieces("FirstOnly", () => new FirstOnly()),
  },
];
