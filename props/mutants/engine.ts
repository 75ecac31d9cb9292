/**
 * Engines with one wrong operation, on the devices that are judged; the reference device stays
 * right.
 *
 * @module
 */
import { arange, type Tensor, tensor } from "../../core/mod.ts";
import { type Engine, touchstone } from "../engine.ts";
import { engineSubject, type Subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";

/** An operation that is wrong on the devices that are used. */
type Operation = (x: Tensor, ...rest: never[]) => unknown;

function onUsed<F extends Operation>(right: F, wrong: F): F {
  return ((x: Tensor, ...rest: never[]) =>
    (x.device === "reference" ? right : wrong)(x, ...rest)) as F;
}

const original = engineSubject(touchstone);

const broken = (change: Partial<Engine>): Subject => engineSubject({ ...touchstone, ...change });

const read = async (x: Tensor): Promise<string> => JSON.stringify(await x.tolist());

const engineOf = (of: Subject): Engine => of.claims.engine!;

/** Draws after a seed. */
function drawn(of: Subject, draw: (engine: Engine) => Tensor): Promise<string> {
  engineOf(of).seed(1);
  return read(draw(engineOf(of)));
}

/** What comes of two float64s when it is computed in float32. */
function inSingle(a: Tensor, b: Tensor, fn: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const both = a.dtype === "float64" && b.dtype === "float64";
  return both ? fn(a.float(), b.float()).double() : fn(a, b);
}

const doubles = { law: "engine/float64", original } as const;
const seeded = { law: "device/same-seed-same-bits", original } as const;
const recipes = { law: "engine/recipes-agree", original } as const;

/** Mutants of the engine. */
export const engineMutants: readonly Mutant[] = [
  {
    ...recipes,
    id: "engine-add-in-half",
    about: "Sums of float32 are computed in float16.",
    subject: broken({
      add: onUsed(touchstone.add, (a, b) => {
        const sum = a.add(b);
        return sum.dtype === "float32" ? sum.half().float() : sum;
      }),
    }),
    observe: (of) => read(engineOf(of).add(tensor([1 / 3]), tensor([1]))),
  },
  {
    ...recipes,
    id: "engine-gelu-by-sigmoid",
    about: "GELU is approximated by x sigmoid(1.702 x).",
    subject: broken({ gelu: onUsed(touchstone.gelu, (x) => x.mul(x.mul(1.702).sigmoid())) }),
    observe: (of) => read(engineOf(of).gelu(tensor([1, 2]))),
  },
  {
    ...recipes,
    id: "engine-sum-drops-last",
    about: "A sum of more than four elements leaves out the last: the remainder of a vector loop.",
    subject: broken({
      sum: onUsed(
        touchstone.sum,
        (x, dim) =>
          x.shape[dim] > 4 ? x.narrow(dim, 0, x.shape[dim] - 1).sum(dim, true) : x.sum(dim, true),
      ),
    }),
    observe: (of) => read(engineOf(of).sum(arange(5).float().add(1), 0)),
  },
  {
    ...recipes,
    id: "engine-write-misses-views",
    about: "A write in place gives the tensor memory of its own, which its views don't see.",
    subject: broken({
      addInPlace: onUsed(touchstone.addInPlace, (x, y) => x.setData(x.add(y).type(x.dtype))),
      mulInPlace: onUsed(touchstone.mulInPlace, (x, y) => x.setData(x.mul(y).type(x.dtype))),
    }),
    async observe(of) {
      const base = tensor([1, 2, 3]);
      const view = base.narrow(0, 1, 2);
      engineOf(of).addInPlace(base, tensor([10]));
      return await read(view);
    },
  },
  {
    ...recipes,
    id: "engine-max-for-min",
    about: "The smaller of two is the larger.",
    subject: broken({ minimum: onUsed(touchstone.minimum, (a, b) => a.maximum(b)) }),
    observe: (of) => read(engineOf(of).minimum(tensor([1, 5]), tensor([3, 2]))),
  },
  {
    ...recipes,
    id: "engine-cook-rounds",
    about: "A value that is computed early is rounded to float16 on its way.",
    subject: broken({
      cook: onUsed(
        touchstone.cook,
        (x) => void (x.dtype === "float32" ? x.setData(x.half().float()) : x.realize()),
      ),
    }),
    async observe(of) {
      const x = tensor([1 / 3]).add(0);
      engineOf(of).cook(x);
      return await read(x);
    },
  },
  {
    id: "engine-keeps-first-dtype",
    law: "engine/promotion",
    about: "A sum has the dtype of its first operand.",
    original,
    subject: broken({ add: (a, b) => a.add(b).type(a.dtype) }),
    observe: (of) => Promise.resolve(engineOf(of).add(tensor([1]).long(), tensor([0.5])).dtype),
  },
  {
    id: "engine-narrow-copies",
    law: "engine/views",
    about: "narrow() copies, so that a write to it is lost.",
    original,
    subject: broken({ narrow: (x, dim, start, length) => x.narrow(dim, start, length).clone() }),
    async observe(of) {
      const base = tensor([1, 2, 3]);
      engineOf(of).fillInPlace(engineOf(of).narrow(base, 0, 1, 2), 9);
      return await read(base);
    },
  },
  {
    id: "engine-view-starts-one-late",
    law: "engine/views",
    about: "Every second element is counted from 1.",
    original,
    subject: broken({
      everySecond: (x, dim) => x.slice(dim, x.shape[dim] % 2 ? 0 : 1, Infinity, 2),
    }),
    observe: (of) => read(engineOf(of).everySecond(arange(4), 0)),
  },
  {
    ...doubles,
    id: "engine-float64-in-single",
    about: "Arithmetic on float64 is computed in float32.",
    subject: broken({
      add: (a, b) => inSingle(a, b, (x, y) => x.add(y)),
      mul: (a, b) => inSingle(a, b, (x, y) => x.mul(y)),
    }),
    observe: (of) => {
      const x = tensor([2 ** -40], { dtype: "float64" });
      return read(engineOf(of).add(x, x.mul(0).add(1)));
    },
  },
  {
    ...doubles,
    id: "engine-float64-stored-in-single",
    about: "What is made of float64 is stored in float32.",
    subject: broken({
      tensor(bytes, dtype, shape, device) {
        const right = touchstone.tensor(bytes, dtype, shape, device);
        return dtype === "float64" && device !== "reference" ? right.float().double() : right;
      },
    }),
    observe(of) {
      const bytes = new Uint8Array(Float64Array.of(1 / 3).buffer);
      return read(engineOf(of).tensor(bytes, "float64", [1], "cpu"));
    },
  },
  {
    ...seeded,
    id: "engine-draws-own-uniforms",
    about: "A device that is used draws its uniform numbers from a place of its own.",
    subject: broken({
      uniform(shape, dtype, device) {
        if (device !== "reference") touchstone.uniform([1], dtype, device);
        return touchstone.uniform(shape, dtype, device);
      },
    }),
    observe: (of) => drawn(of, (engine) => engine.uniform([2], "float32", "cpu")),
  },
  {
    ...seeded,
    id: "engine-drops-others",
    about: "Dropout drops what it should keep: the shares are the same only for a half.",
    subject: broken({
      dropout: onUsed(touchstone.dropout, (x, p) => x.sub(touchstone.dropout(x, p).mul(1 - p))),
    }),
    observe: (of) => drawn(of, (engine) => engine.dropout(arange(20).float().add(1), 0.25)),
  },
  {
    ...seeded,
    id: "engine-normal-in-half",
    about: "Normal numbers are computed in float16.",
    subject: broken({
      normal(shape, dtype, device) {
        const right = touchstone.normal(shape, dtype, device);
        return device === "reference" ? right : right.half().type(dtype);
      },
    }),
    observe: (of) => drawn(of, (engine) => engine.normal([2], "float32", "cpu")),
  },
];
