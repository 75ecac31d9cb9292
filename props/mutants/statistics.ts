/**
 * Modules whose chances, running statistics or counts are wrong.
 *
 * @module
 */
import { linspace, manualSeed, noGrad, ones, rand, type Tensor } from "../../core/mod.ts";
import { BatchNorm1d, Buffer, Dropout, functional as F, Module } from "../../nn/mod.ts";
import { inputs } from "../argument.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { made, rows } from "./parts.ts";

class ScaledByTheRest extends Dropout {
  override forward(x: Tensor): Tensor {
    return this.training ? super.forward(x).mul((1 - this.p) / this.p) : x;
  }
}

class SameMask extends Dropout {
  override forward(x: Tensor): Tensor {
    if (this.training) manualSeed(7);
    return super.forward(x);
  }
}

class DropsRows extends Dropout {
  override forward(x: Tensor): Tensor {
    return this.training ? x.mul(super.forward(ones([x.shape[0], 1], { device: x.device }))) : x;
  }
}

class DropsMore extends Dropout {
  override forward(x: Tensor): Tensor {
    const { p, training } = this;
    return training ? F.dropout(x, { p: p + 0.05, training }).mul((1 - p - 0.05) / (1 - p)) : x;
  }
}

/** Drops the elements whose draws are the smallest, always the same number of them. */
class DropsAFixedCount extends Dropout {
  override forward(x: Tensor): Tensor {
    const { p, training } = this;
    if (!training) return x;
    const ranks = rand([x.numel], { device: x.device }).argsort().argsort().reshape(x.shape);
    return x.maskedFill(ranks.lt(Math.round(p * x.numel)), 0).div(1 - p);
  }
}

/** Gives the running variance what a change of it does to the one without bias. */
class WithBias extends BatchNorm1d {
  override forward(x: Tensor): Tensor {
    const before = this.running_var!.clone();
    const y = super.forward(x);
    const share = (x.shape[0] - 1) / x.shape[0], rest = 1 - this.momentum!;
    if (this.training) {
      noGrad(() => this.running_var!.sub_(before.mul(rest)).mul_(share).add_(before.mul(rest)));
    }
    return y;
  }
}

class OtherWayRound extends BatchNorm1d {
  override forward(x: Tensor): Tensor {
    const { weight, bias, eps, training, running_mean, running_var } = this;
    const momentum = 1 - this.momentum!;
    return F.batchNorm(x, running_mean, running_var, { weight, bias, training, momentum, eps });
  }
}

/** A normalisation inside of another module. */
class Normed extends Module {
  norm: BatchNorm1d = new BatchNorm1d(4);
  override forward(x: Tensor): Tensor {
    return this.norm.forward(x);
  }
}

class Recomputes extends Normed {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    if (y.requiresGrad) {
      y.registerHook((g) => {
        noGrad(() => super.forward(x.detach()));
        return g;
      });
    }
    return y;
  }
}

class Counts extends Module {
  num_calls_tracked: Buffer = new Buffer(ones([], { dtype: "int64" }));
  override forward(x: Tensor): Tensor {
    const y = x.mul(2);
    if (this.training) noGrad(() => this.num_calls_tracked.add_(1));
    return y;
  }
}

class CountsInFloat extends Counts {
  override num_calls_tracked: Buffer = new Buffer(ones([]));
}

const batches = (name: string, make: () => Module): Subject =>
  subject(name, make, { inputs: [inputs.tensor({ shape: [inputs.size(2, 4), 4] })] });

const ramp = (): Tensor => linspace(1, 4, 8).reshape([2, 4]);

/** What is dropped of many ones, three times over. */
const dropped = async (of: Subject): Promise<string> => {
  const module = made(of);
  const calls = [0, 1, 2].map(() => module.forward(ones([8, 8])) as Tensor);
  return JSON.stringify(await Promise.all(calls.map((value) => value.tolist())));
};

/** The state after a step, in half precision. */
const stateAfter = async (of: Subject): Promise<string> => {
  const module = made(of);
  for (const value of module.buffers()) if (value.numel === 1) value.detach().fill_(2048);
  await module.half();
  const y = module.forward(ramp().half()) as Tensor;
  if (y.requiresGrad) y.sum().backward();
  const values = module.buffers().map((value) => value.type("float32").tolist());
  return JSON.stringify(await Promise.all(values));
};

const dropout = {
  law: "mode/dropout",
  original: rows("Dropout", () => new Dropout(0.25)),
  observe: dropped,
} as const;
const norm = {
  law: "mode/norm-statistics",
  original: batches("BatchNorm", () => new BatchNorm1d(4)),
  observe: stateAfter,
} as const;
const count = { law: "mode/counters-count", observe: stateAfter } as const;

/** Mutants of chance, of statistics and of counting. */
export const statisticsMutants: readonly Mutant[] = [
  {
    ...dropout,
    id: "dropout-scaled-by-the-rest",
    about: "What is kept is divided by p instead of 1 - p.",
    thread: issue("lmjohns3/theanets", 123),
    subject: rows("ScaledByTheRest", () => new ScaledByTheRest(0.25)),
  },
  {
    ...dropout,
    id: "dropout-same-mask",
    about: "Each call drops the same elements.",
    subject: rows("SameMask", () => new SameMask(0.25)),
  },
  {
    ...dropout,
    id: "dropout-drops-rows",
    about: "One draw decides for a whole row.",
    subject: rows("DropsRows", () => new DropsRows(0.25)),
  },
  {
    ...dropout,
    id: "dropout-drops-more",
    about: "A twentieth more is dropped than p says.",
    subject: rows("DropsMore", () => new DropsMore(0.25)),
  },
  {
    ...dropout,
    id: "dropout-drops-a-fixed-count",
    about: "Each call drops exactly as many elements as p says, never more or fewer.",
    subject: rows("DropsAFixedCount", () => new DropsAFixedCount(0.25)),
  },
  {
    ...norm,
    id: "running-variance-with-bias",
    about: "The running variance follows the batch's variance with its bias.",
    subject: batches("WithBias", () => new WithBias(4)),
  },
  {
    ...norm,
    id: "momentum-the-other-way-round",
    about: "The momentum is the share of what was, not of the batch.",
    subject: batches("OtherWayRound", () => new OtherWayRound(4)),
  },
  {
    ...count,
    id: "recomputation-counts-twice",
    about: "Backward runs forward again, which counts and averages the batch twice.",
    thread: issue("pytorch/pytorch", 96136),
    original: batches("Normed", () => new Normed()),
    subject: batches("Recomputes", () => new Recomputes()),
  },
  {
    ...count,
    id: "counter-is-a-float",
    about:
      "The counter is cast with the module and stops where its dtype has no more whole numbers.",
    original: rows("Counts", () => new Counts()),
    subject: rows("CountsInFloat", () => new CountsInFloat()),
  },
];
