/**
 * Engines whose operations mean something else: other shapes, other writes, other special values.
 *
 * @module
 */
import { type DType, DTYPES, ShapeError, type Tensor, tensor, zeros } from "../../core/mod.ts";
import { type Engine, touchstone } from "../engine.ts";
import { engineSubject, type Subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";

const original = engineSubject(touchstone);

/** What a call gives, or the error that it ends in. */
async function seen(call: () => Tensor): Promise<string> {
  try {
    const result = call();
    return `${result.dtype}[${result.shape}] ${(await result.tolist())}`;
  } catch (error) {
    return String(error);
  }
}

const broken = (
  id: string,
  law: string,
  about: string,
  change: Partial<Engine>,
  observe: (engine: Engine) => Tensor,
  thread?: string,
): Mutant => ({
  id: `engine-${id}`,
  law: `engine/${law}`,
  about,
  ...(thread === undefined ? {} : { thread }),
  original,
  subject: engineSubject({ ...touchstone, ...change }),
  observe: (of: Subject) => seen(() => observe(of.claims.engine!)),
});

/** Sizes of 1 at the end, as when dimensions are aligned at their beginning. */
function padded(x: Tensor, rank: number): Tensor {
  return x.reshape([...x.shape, ...Array(Math.max(0, rank - x.ndim)).fill(1)]);
}

/** Repeats along each dimension where the other has a multiple of the size. */
function tiled(x: Tensor, other: Tensor): Tensor {
  const lead = other.ndim - x.ndim;
  if (lead !== 0 || x.numel === 0) return x;
  return x.repeat(x.shape.map((size, i) => Math.max(1, Math.floor(other.shape[i] / size))));
}

/** Another float dtype; what is no float stays. */
function narrowed(x: Tensor, dtype: DType): Tensor {
  return [x.dtype, dtype].every((each) => DTYPES[each].kind === "float") ? x.type(dtype) : x;
}

const floats = (numbers: number[]): Tensor => tensor(numbers, { dtype: "float32" });

/** Writes and gives what was written. */
function after(x: Tensor, write: (x: Tensor) => void): Tensor {
  write(x);
  return x;
}

/** Mutants of what operations mean. */
export const engineSemanticsMutants: readonly Mutant[] = [
  broken(
    "aligns-first-dimensions",
    "broadcasting",
    "Shapes are aligned at their first dimensions where they fit so.",
    {
      sub(a, b) {
        try {
          return padded(a, b.ndim).sub(padded(b, a.ndim));
        } catch {
          return a.sub(b);
        }
      },
    },
    (engine) => engine.sub(zeros([2, 2]), floats([1, 2])),
  ),
  broken(
    "repeats-what-divides",
    "broadcasting",
    "An operand whose size divides the other's is repeated.",
    { lt: (a, b) => tiled(a, b).lt(tiled(b, a)) },
    (engine) => engine.lt(zeros([2]), zeros([4])),
  ),
  broken(
    "names-one-shape",
    "broadcasting",
    "The error for shapes that don't fit names the first only.",
    {
      sub(a, b) {
        try {
          return a.sub(b);
        } catch {
          throw new ShapeError(`sub: [${a.shape.join(", ")}] does not fit`);
        }
      },
    },
    (engine) => engine.sub(zeros([2]), zeros([3])),
  ),
  broken(
    "in-place-grows",
    "in-place",
    "What is written becomes as large as the result.",
    {
      addInPlace(x, y) {
        const sum = x.add(y);
        if (sum.numel > x.numel) x.setData(sum.type(x.dtype));
        else x.add_(y);
      },
    },
    (engine) => after(floats([1]), (x) => engine.addInPlace(x, floats([1, 2]))),
  ),
  broken(
    "in-place-lowers-kind",
    "in-place",
    "A float result is cut to fit into integers.",
    { mulInPlace: (x, y) => void x.copy_(x.mul(y)) },
    (engine) => after(tensor([4]).long(), (x) => engine.mulInPlace(x, floats([0.5]))),
  ),
  broken(
    "in-place-rounds-operand-first",
    "in-place",
    "The other operand is converted before instead of the result after.",
    {
      addInPlace: (x, y) => void x.add_(narrowed(y, x.dtype)),
      mulInPlace: (x, y) => void x.mul_(narrowed(y, x.dtype)),
      divInPlace: (x, y) => void x.div_(narrowed(y, x.dtype)),
    },
    (engine) => after(floats([1000]).half(), (x) => engine.mulInPlace(x, floats([1.0004]))),
  ),
  broken(
    "in-place-writes-copy-of-view",
    "in-place",
    "What is not contiguous is copied first, and the copy written.",
    { subInPlace: (x, y) => void x.contiguous().sub_(y) },
    (engine) => {
      const base = zeros([4]);
      engine.subInPlace(base.slice(0, 0, Infinity, 2), floats([1]));
      return base;
    },
  ),
  broken(
    "maximum-drops-nan",
    "special-values",
    "The larger of a number and NaN is the number.",
    { maximum: (a, b) => a.fmax(b) },
    (engine) => engine.maximum(floats([1]), floats([NaN])),
  ),
  broken(
    "negates-by-subtraction",
    "special-values",
    "Minus x is 0 - x, which loses the sign of zero.",
    { neg: (x) => x.mul(0).sub(x) },
    (engine) => engine.neg(floats([0])).reciprocal(),
  ),
  broken(
    "logsumexp-overflows",
    "special-values",
    "logsumexp does as its name says, without taking off the largest.",
    { logsumexp: (x, dim) => x.exp().sum(dim, true).log() },
    (engine) => engine.logsumexp(floats([1000]), 0),
  ),
  broken(
    "power-by-logarithm",
    "special-values",
    "A power is exp(b log a), so that one of a negative number is NaN.",
    { pow: (a, b) => b.mul(a.log()).exp() },
    (engine) => engine.pow(floats([-1]), floats([1])),
  ),
  broken(
    "digamma-adds-zero",
    "special-values",
    "digamma takes x + 0, so that -0 has the slope of 0.",
    { digamma: (x) => x.add(0).digamma() },
    (engine) => engine.digamma(floats([-0])),
  ),
  broken(
    "variance-of-population",
    "operations-agree",
    "The variance divides by n, not by n - 1.",
    { var: (x, dim) => x.var(dim, { correction: 0, keepdim: true }) },
    (engine) => engine.var(floats([1, 2]), 0),
  ),
  broken(
    "argmin-takes-last",
    "operations-agree",
    "Of several smallest elements the last is found.",
    { argmin: (x, dim) => x.flip([dim]).argmin(dim, true).neg().add(x.shape[dim] - 1) },
    (engine) => engine.argmin(floats([1, 1]), 0),
  ),
  broken(
    "prod-drops-last",
    "operations-agree",
    "A product of more than two elements leaves out the last.",
    {
      prod: (x, dim) => x.narrow(dim, 0, x.shape[dim] > 2 ? x.shape[dim] - 1 : 2).prod(dim, true),
    },
    (engine) => engine.prod(floats([1, 2, 3]), 0),
  ),
  broken(
    "cumsum-leaves-out-own",
    "operations-agree",
    "A running sum has what came before each element, without the element.",
    { cumsum: (x, dim) => x.cumsum(dim).sub(x) },
    (engine) => engine.cumsum(floats([1, 2]), 0),
  ),
  broken(
    "cumsum-copies-integers",
    "operations-agree",
    "A running sum of integers is what it is given.",
    { cumsum: (x, dim) => DTYPES[x.dtype].kind === "float" ? x.cumsum(dim) : x.long() },
    (engine) => engine.cumsum(tensor([1, 2]).long(), 0),
    issue("pytorch/pytorch", 90635),
  ),
  broken(
    "sort-not-stable",
    "operations-agree",
    "Sorting turns the order of equal elements around.",
    {
      sort(x, dim, descending) {
        const { values, indices } = x.flip([dim]).sort(dim, { descending, stable: true });
        return [values, indices.neg().add(x.shape[dim] - 1)];
      },
    },
    (engine) => engine.sort(floats([1, 1]), 0, false)[1],
  ),
  broken(
    "topk-smallest",
    "operations-agree",
    "The smallest are taken for the largest.",
    {
      topk(x, k, dim) {
        const { values, indices } = x.topk(k, dim, { largest: false });
        return [values, indices];
      },
    },
    (engine) => engine.topk(floats([1, 2]), 1, 0)[0],
  ),
  broken(
    "scatter-add-overwrites",
    "operations-agree",
    "What is added at a place comes instead of what was there.",
    {
      scatterAdd: (x, dim, index, source) =>
        x.scatter(dim, index, 0).scatterAdd(dim, index, source),
    },
    (engine) => engine.scatterAdd(floats([1]), 0, tensor([0]).long(), floats([1])),
  ),
  broken(
    "gather-last-dimension",
    "operations-agree",
    "gather() takes the last dimension, whichever is asked for.",
    { gather: (x, _dim, index) => x.gather(x.ndim - 1, index.remainder(x.shape[x.ndim - 1])) },
    (engine) => engine.gather(floats([1, 2, 3, 4]).reshape([2, 2]), 0, zeros([1, 2]).long()),
  ),
  broken(
    "cat-other-order",
    "operations-agree",
    "Tensors are put together from the last to the first.",
    { cat: (tensors, dim) => touchstone.cat(tensors.toReversed(), dim) },
    (engine) => engine.cat([floats([1]), floats([2])], 0),
  ),
  broken(
    "log1p-by-log",
    "operations-agree",
    "log1p(x) is the logarithm of the rounded 1 + x.",
    { log1p: (x) => x.add(1).log() },
    (engine) => engine.log1p(floats([1e-9])),
  ),
  broken(
    "lcm-by-product",
    "operations-agree",
    "The least common multiple is the product.",
    { lcm: (a, b) => a.mul(b).abs() },
    (engine) => engine.lcm(tensor([4n]), tensor([6n])),
  ),
  broken(
    "nextafter-adds-epsilon",
    "operations-agree",
    "The next number is 2^-23 away, which it is from 1 to 2 in float32 only.",
    { nextafter: (a, b) => a.add(b.sub(a).sign().mul(2 ** -23)) },
    (engine) => engine.nextafter(floats([4]), floats([9])),
  ),
];
