/**
 * Rotary encodings and ALiBi with a mistake.
 *
 * @module
 */
import { arange, noGrad, ones, stack, type Tensor, tensor, zeros } from "../../core/mod.ts";
import { AlibiPositionalBias, Module, RotaryPositionalEmbeddings } from "../../nn/mod.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";

function rotary(name: string, make: (dim: number, maxLen: number) => Module): Subject {
  return subject(name, () => make(6, 16), { claims: { rotary: { make } } });
}

const rightRotary = rotary(
  "Rotations",
  (dim, maxLen) => new RotaryPositionalEmbeddings(dim, { maxLen }),
);

/** Rotations by angles of the mutant's own, on the device of the input. */
class Turns extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  /** The angle of a pair at a position. */
  angle(position: number, pair: number): number {
    return position / 10000 ** (2 * pair / this.dim);
  }

  override forward(x: Tensor, offset = 0): Tensor {
    const rows = x.shape[x.ndim - 2];
    const angles = Array.from(
      { length: rows },
      (_, i) => Array.from({ length: this.dim / 2 }, (_, pair) => this.angle(i + offset, pair)),
    );
    const [cos, sin] = [Math.cos, Math.sin].map((wave) =>
      tensor(angles.map((row) => row.map(wave)), { dtype: "float32", device: x.device })
    );
    const pairs = x.unflatten(-1, [this.dim / 2, 2]);
    return this.turn(pairs.select(-1, 0), pairs.select(-1, 1), cos, sin);
  }

  /** Turns pairs. */
  turn(a: Tensor, b: Tensor, cos: Tensor, sin: Tensor): Tensor {
    return stack([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], -1).flatten(-2);
  }
}

class Mirrors extends Turns {
  override turn(a: Tensor, b: Tensor, cos: Tensor, sin: Tensor): Tensor {
    return stack([a.mul(cos).add(b.mul(sin)), b.mul(cos).add(a.mul(sin))], -1).flatten(-2);
  }
}

class FromOne extends Turns {
  override angle(position: number, pair: number): number {
    return super.angle(position + 1, pair);
  }
}

class Base1000 extends Turns {
  override angle(position: number, pair: number): number {
    return position / 1000 ** (2 * pair / this.dim);
  }
}

class LinearFrequencies extends Turns {
  override angle(position: number, pair: number): number {
    return position * (1 - 0.9999 * 2 * pair / this.dim);
  }
}

class ScaledByLength extends Turns {
  readonly maxLen: number;

  constructor(dim: number, maxLen: number) {
    super(dim);
    this.maxLen = maxLen;
  }

  override angle(position: number, pair: number): number {
    return super.angle(position * Math.min(1, 16 / this.maxLen), pair);
  }
}

class WrapsAround extends ScaledByLength {
  override angle(position: number, pair: number): number {
    return (position % this.maxLen) / 10000 ** (2 * pair / this.dim);
  }
}

class Clips extends RotaryPositionalEmbeddings {
  override forward(x: Tensor, offset = 0): Tensor {
    const [maxLen] = this.cos.shape;
    const first = Math.min(offset, maxLen);
    return super.forward(x.narrow(-2, 0, Math.min(x.shape[x.ndim - 2], maxLen - first)), first);
  }
}

class HalfAngles extends Turns {
  override angle(position: number, pair: number): number {
    return Math.f16round(super.angle(position, pair));
  }
}

class Caching extends RotaryPositionalEmbeddings {
  #offsets = new Map<number, number>();

  override forward(x: Tensor, offset = 0): Tensor {
    const length = x.shape[x.ndim - 2];
    if (!this.#offsets.has(length)) this.#offsets.set(length, offset);
    return super.forward(x, this.#offsets.get(length)!);
  }
}

class Adds extends Turns {
  override turn(a: Tensor, b: Tensor, cos: Tensor, sin: Tensor): Tensor {
    return stack([a.add(sin), b.add(cos)], -1).flatten(-2);
  }
}

/** What two rows become at once, each at its offset, and past the last position. */
async function rows(of: Subject): Promise<string> {
  const module = of.claims.rotary!.make(4, 400);
  const x = arange(8).float().add(1).reshape([2, 4]);
  const calls = [[x, 0], [x.narrow(0, 0, 1), 0], [x.narrow(0, 1, 1), 333], [x, 399]] as const;
  const seen = calls.map(async ([part, offset]) => {
    try {
      return await (noGrad(() => module.forward(part, offset)) as Tensor).tolist();
    } catch (error) {
      return String(error);
    }
  });
  return JSON.stringify(await Promise.all(seen));
}

const turning = (
  id: string,
  law: string,
  about: string,
  make: (dim: number, maxLen: number) => Module,
  thread?: string,
): Mutant => ({
  id,
  law: `position/${law}`,
  about,
  ...(thread === undefined ? {} : { thread }),
  original: rightRotary,
  subject: rotary(id, make),
  observe: rows,
});

function alibi(name: string, make: (numHeads: number) => Module): Subject {
  return subject(name, () => make(3), { claims: { alibi: { make } } });
}

const rightAlibi = alibi("Biases", (numHeads) => new AlibiPositionalBias(numHeads));

class Squares extends AlibiPositionalBias {
  override forward(scores: Tensor): Tensor {
    const bias = super.forward(scores.mul(0));
    return scores.sub(bias.square().div(this.slopes.reshape([-1, 1, 1])));
  }
}

class FromFirst extends AlibiPositionalBias {
  override forward(scores: Tensor): Tensor {
    const [heads, queries, keys] = scores.shape;
    const square = zeros([heads, keys, keys], { device: scores.device });
    return scores.add(super.forward(square).narrow(1, 0, queries));
  }
}

class OneSlope extends AlibiPositionalBias {
  constructor(numHeads: number) {
    super(numHeads);
    this.slopes = ones([numHeads]).mul(0.5);
  }
}

const biased = (id: string, about: string, make: (numHeads: number) => Module): Mutant => ({
  id,
  law: "position/alibi-linear-in-distance",
  about,
  original: rightAlibi,
  subject: alibi(id, make),
  async observe(of) {
    const scores = of.claims.alibi!.make(2).forward(zeros([2, 2, 4])) as Tensor;
    return JSON.stringify(await scores.tolist());
  },
});

/** Mutants of encodings that only know how far apart two positions are. */
export const relativePositionMutants: readonly Mutant[] = [
  turning(
    "rotary-mirrors",
    "rotary-keeps-norms",
    "Both sines are added: no rotation.",
    (dim) => new Mirrors(dim),
  ),
  turning(
    "rotary-counts-from-one",
    "rotary-keeps-norms",
    "Positions are counted from 1.",
    (dim) => new FromOne(dim),
  ),
  turning(
    "rotary-cache-ignores-offset",
    "rotary-depends-on-offset",
    "Angles are kept by the length of the sequence, without its offset.",
    (dim, maxLen) => new Caching(dim, { maxLen }),
    issue("lucidrains/rotary-embedding-torch", 11),
  ),
  turning(
    "rotary-angles-in-half",
    "rotary-depends-on-offset",
    "Angles are rounded to float16 before the sine.",
    (dim) => new HalfAngles(dim),
    issue("EleutherAI/gpt-neox", 1003),
  ),
  turning(
    "rotary-adds-positions",
    "rotary-depends-on-offset",
    "Positions are added, not turned by.",
    (dim) => new Adds(dim),
  ),
  turning(
    "rotary-base-1000",
    "rotary-wavelengths",
    "The slowest pair turns ten times too fast.",
    (dim) => new Base1000(dim),
  ),
  turning(
    "rotary-linear-frequencies",
    "rotary-wavelengths",
    "Frequencies fall by equal steps, not by equal factors.",
    (dim) => new LinearFrequencies(dim),
  ),
  turning(
    "rotary-scaled-by-length",
    "rotary-prefix-independent-of-max-len",
    "Where longer sequences than 16 are allowed, positions are squeezed together.",
    (dim, maxLen) => new ScaledByLength(dim, maxLen),
  ),
  turning(
    "rotary-wraps-around",
    "rotary-refuses-over-long",
    "Positions past the last begin anew.",
    (dim, maxLen) => new WrapsAround(dim, maxLen),
  ),
  turning(
    "rotary-clips-the-input",
    "rotary-refuses-over-long",
    "A sequence that ends past the last position is cut.",
    (dim, maxLen) => new Clips(dim, { maxLen }),
  ),
  biased(
    "alibi-squares-distance",
    "The square of the distance is taken off.",
    (numHeads) => new Squares(numHeads),
  ),
  biased(
    "alibi-first-query-at-first-key",
    "With fewer queries than keys the first query is taken for the first position.",
    (numHeads) => new FromFirst(numHeads),
  ),
  biased(
    "alibi-one-slope",
    "All heads have the same slope.",
    (numHeads) => new OneSlope(numHeads),
  ),
];
