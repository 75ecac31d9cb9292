/**
 * Encodings of positions with a wrong table, or that treat it wrongly.
 *
 * @module
 */
import { noGrad, ShapeError, type Tensor, tensor, zeros } from "../../core/mod.ts";
import { Buffer, Module, Parameter } from "../../nn/mod.ts";
import { stored } from "../laws/engine/operand.ts";
import { formula } from "../laws/position/table.ts";
import { type Subject, subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";

type Entry = (position: number, column: number, width: number, length: number) => number;

/** The table of a formula. */
function tableOf(entry: Entry, width: number, length: number): Tensor {
  const rows = Array.from(
    { length },
    (_, position) => Array.from({ length: width }, (_, i) => entry(position, i, width, length)),
  );
  return tensor(rows, { dtype: "float32" });
}

class Positions extends Module {
  pe: Tensor;
  constructor(pe: Tensor) {
    super();
    this.pe = pe;
  }
  override forward(x: Tensor): Tensor {
    return x.add(this.pe.narrow(0, 0, x.shape[1]));
  }
}

class Wraps extends Positions {
  override forward(x: Tensor): Tensor {
    const [length] = this.pe.shape;
    const rows = Array.from(
      { length: x.shape[1] },
      (_, i) => x.narrow(1, i, 1).add(this.pe.select(0, i % length)),
    );
    return rows[rows.length - 1];
  }
}

class Clips extends Positions {
  override forward(x: Tensor): Tensor {
    const length = Math.min(x.shape[1], this.pe.shape[0]);
    return x.narrow(1, 0, length).add(this.pe.narrow(0, 0, length));
  }
}

class AlongBatch extends Positions {
  override forward(x: Tensor): Tensor {
    return x.add(this.pe.narrow(0, 0, Math.min(x.shape[0], this.pe.shape[0])).unsqueeze(1));
  }
}

function encoding(
  name: string,
  entry: Entry,
  wrap: (table: Tensor) => Tensor = (table) => new Buffer(table),
  Class: new (pe: Tensor) => Positions = Positions,
): Subject {
  const make = (width: number, length: number) => new Class(wrap(tableOf(entry, width, length)));
  return subject(name, () => make(6, 8), {
    claims: { positional: { make, table: (module) => (module as Positions).pe } },
  });
}

const original = encoding("Sinusoids", formula);

const wave = (angle: number, column: number): number =>
  column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
const frequency = (column: number, width: number): number =>
  10000 ** (-(column - column % 2) / width);
/** Rounded to 8 significant bits, as bfloat16 has. */
const coarse = (value: number): number => Number(value.toPrecision(2));

const wrong = (
  id: string,
  law: string,
  about: string,
  entry: Entry,
  thread?: string,
): Mutant => ({
  id,
  law: `position/${law}`,
  about,
  ...(thread === undefined ? {} : { thread }),
  original,
  subject: encoding(id, entry),
  async observe(of) {
    const claim = of.claims.positional!;
    const table = async ([width, length]: number[]) => {
      try {
        return await claim.table(claim.make(width, length)).tolist();
      } catch (error) {
        return String(error);
      }
    };
    return JSON.stringify(await Promise.all([[6, 8], [5, 8], [6, 600]].map(table)));
  },
});

/** What a table is to the module, and what the module does with a long input. */
async function behaviour(of: Subject): Promise<string> {
  const claim = of.claims.positional!;
  const module = claim.make(4, 3);
  await module.to("reference");
  const { device } = claim.table(module);
  await module.to("cpu");
  let long = "refused";
  try {
    const y = noGrad(() => module.forward(zeros([1, 5, 4]))) as Tensor;
    long = String(y.shape);
  } catch { /* refused */ }
  return `${module.parameters().length} ${device} ${long}`;
}

/** Mutants of positions. */
export const positionMutants: readonly Mutant[] = [
  wrong(
    "positions-not-squashed",
    "bounded",
    "The waves are half as high again.",
    (p, c, w) => 1.5 * formula(p, c, w),
  ),
  wrong(
    "positions-in-bfloat16",
    "injective",
    "Positions are rounded to a few digits first, so that far ones coincide.",
    (p, c, w) => formula(coarse(p), c, w),
    issue("nkalyanv99/UNI-D2", 6),
  ),
  wrong(
    "positions-halves-not-interleaved",
    "unit-circle-pairs",
    "Sines fill the first half of the columns and cosines the second.",
    (p, c, w) => {
      const half = Math.ceil(w / 2);
      return c < half ? formula(p, 2 * c, w) : formula(p, 2 * (c - half) + 1, w);
    },
  ),
  wrong(
    "positions-cosine-of-next-frequency",
    "unit-circle-pairs",
    "The cosine's exponent is that of its own column, not of its sine's.",
    (p, c, w) => wave(p * 10000 ** (-c / w), c),
  ),
  wrong(
    "positions-off-by-one",
    "shift-is-a-rotation",
    "Positions are counted from 1.",
    (p, c, w) => formula(p + 1, c, w),
  ),
  wrong(
    "positions-angles-in-half",
    "shift-is-a-rotation",
    "Angles are rounded to float16 before the sine.",
    (p, c, w) => wave(Math.f16round(p * frequency(c, w)), c),
    issue("EleutherAI/gpt-neox", 1003),
  ),
  wrong(
    "positions-fade",
    "dot-products-depend-on-offset",
    "Later positions weigh less.",
    (p, c, w) => formula(p, c, w) / (1 + p / 100),
  ),
  wrong(
    "positions-padding-row",
    "row-zero",
    "Row 0 is left at zero, as if position 0 were padding.",
    (p, c, w) => p === 0 ? 0 : formula(p, c, w),
  ),
  wrong(
    "positions-scaled-by-length",
    "prefix-independent-of-max-len",
    "Positions are scaled by the length of the table.",
    (p, c, w, length) => formula(p / length, c, w),
  ),
  wrong(
    "positions-odd-drops-sine",
    "odd-widths",
    "With an odd width the last column is left at zero.",
    (p, c, w) => w % 2 === 1 && c === w - 1 ? 0 : formula(p, c, w),
  ),
  wrong(
    "positions-odd-exponent",
    "odd-widths",
    "With an odd width the exponents are those of the next even one.",
    (p, c, w) => formula(p, c, w + w % 2),
  ),
  wrong(
    "positions-odd-throws",
    "odd-widths",
    "As many cosines are written as there are sines: with an odd width there is no room for the last.",
    (p, c, w) => {
      if (w % 2 === 1) throw new ShapeError(`${w >> 1} columns can't hold ${(w + 1) >> 1} cosines`);
      return formula(p, c, w);
    },
    issue("gc-os-ai/pyaptamer", 526),
  ),
  wrong(
    "positions-base-1000",
    "even-widths",
    "The longest wave is ten times too short.",
    (p, c, w) => wave(p * 1000 ** (-(c - c % 2) / w), c),
  ),
  wrong(
    "positions-angles-in-float32",
    "even-widths",
    "Frequencies and angles are computed in float32, which is 3e-4 off at position 5000.",
    (p, c, w) => wave(Math.fround(p * Math.fround(frequency(c, w))), c),
  ),
  wrong(
    "positions-frequencies-to-the-end",
    "wavelengths",
    "The last wave is the longest one of the paper's range, which a width reaches only at infinity.",
    (p, c, w) => wave(p * 10000 ** (-Math.floor(c / 2) / Math.max(1, w / 2 - 1)), c),
  ),
  wrong(
    "positions-linear-frequencies",
    "wavelengths",
    "Frequencies fall by equal steps, not by equal factors.",
    (p, c, w) => wave(p * (1 - 0.9999 * (c - c % 2) / w), c),
  ),
  wrong(
    "positions-merge-above-256",
    "injective",
    "Positions are counted in bfloat16, which has no odd numbers above 256.",
    (p, c, w) => formula(stored([p], "bfloat16")[0], c, w),
    issue("EleutherAI/gpt-neox", 1003),
  ),
  wrong(
    "positions-too-close-for-half",
    "injective",
    "Positions are squeezed into angles that are the same in float16.",
    (p, c, w, length) => formula(1e-5 * p / length, c, w),
  ),
  {
    id: "positions-along-the-batch",
    law: "position/same-for-every-batch-row",
    about: "The batch is taken for the sequence.",
    original,
    subject: encoding("AlongBatch", formula, (table) => new Buffer(table), AlongBatch),
    observe(of) {
      const module = of.claims.positional!.make(4, 3);
      const y = noGrad(() => module.forward(zeros([2, 3, 4]))) as Tensor;
      return y.tolist().then(JSON.stringify);
    },
  },
  {
    id: "positions-wrap-around",
    law: "position/refuses-over-long",
    about: "Positions past the end of the table begin again at 0.",
    original,
    subject: encoding("Wraps", formula, (table) => new Buffer(table), Wraps),
    observe: behaviour,
  },
  {
    id: "positions-clip-the-input",
    law: "position/refuses-over-long",
    about: "A sequence that is too long is cut without a word.",
    original,
    subject: encoding("Clips", formula, (table) => new Buffer(table), Clips),
    observe: behaviour,
  },
  {
    id: "positions-are-a-parameter",
    law: "position/buffer-not-parameter",
    about: "The table is a Parameter, and weight decay shrinks it.",
    thread: issue("marin-community/levanter", 504),
    original,
    subject: encoding("AsParameter", formula, (table) => new Parameter(table)),
    observe: behaviour,
  },
  {
    id: "positions-are-a-plain-field",
    law: "position/buffer-not-parameter",
    about: "The table is a plain field, which is not moved.",
    thread: issue("facebookresearch/fairseq", 5213),
    original,
    subject: encoding("AsPlainField", formula, (table) => table),
    observe: behaviour,
  },
];
