/**
 * Sums of products in Einstein's notation.
 *
 * @module
 */
import { commonDevice } from "../dispatch.ts";
import { ShapeError } from "../errors.ts";
import { numelOf, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** A tensor whose dimensions have names, each once. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/** The subscripts of one term: letters, and `...` as one entry. */
function subscripts(term: string, equation: string): string[] {
  const labels = term.replaceAll(" ", "").match(/\.\.\.|./g) ?? [];
  for (const label of labels) {
    if (label !== "..." && !/^[A-Za-z]$/.test(label)) {
      throw new ShapeError(
        `einsum: "${label}" in "${equation}" is no subscript: use letters and "..."`,
      );
    }
  }
  if (labels.filter((label) => label === "...").length > 1) {
    throw new ShapeError(`einsum: "..." appears twice in "${term}" of "${equation}"`);
  }
  return labels;
}

/** The dimensions that `...` stands for, named from the last one. */
const ellipsis = (count: number) => Array.from({ length: count }, (_, i) => `...${count - 1 - i}`);

/** A tensor with its subscripts; a subscript that repeats takes the diagonal. */
function label(x: Tensor, term: string, equation: string): Labelled {
  const parsed = subscripts(term, equation);
  const named = parsed.filter((label) => label !== "...").length;
  const rest = x.ndim - named;
  if (rest < 0 || (rest > 0 && !parsed.includes("..."))) {
    throw new ShapeError(
      `einsum: "${term}" of "${equation}" has ${named} subscripts for a tensor of shape ${
        show(x.shape)
      }`,
    );
  }
  const labels = parsed.flatMap((label) => label === "..." ? ellipsis(rest) : [label]);
  let out = x;
  for (let i = 0; i < labels.length; i++) {
    for (let j = labels.indexOf(labels[i], i + 1); j > 0; j = labels.indexOf(labels[i], i + 1)) {
      if (out.shape[i] !== out.shape[j]) {
        throw new ShapeError(
          `einsum: "${labels[i]}" repeats in "${term}" with sizes ${out.shape[i]} and ${
            out.shape[j]
          }`,
        );
      }
      // The diagonal comes last; it goes where the first of the two was.
      const order = labels.map((_, d) => d).filter((d) => d !== i && d !== j);
      out = out.diagonal(0, i, j);
      labels.splice(j, 1);
      const at = labels.map((_, d) => d === i ? order.length : d < i ? d : d - 1);
      out = out.permute(at);
    }
  }
  return { x: out, labels };
}

/** The subscripts of the result where the equation has no arrow: `...`, then those that appear once. */
function implied(terms: readonly string[][]): string[] {
  const all = terms.flat();
  const letters = [...new Set(all)].filter((label) => label !== "...");
  const once = letters.filter((label) => all.filter((other) => other === label).length === 1);
  return [...(all.includes("...") ? ["..."] : []), ...once.sort()];
}

/**
 * Sums of products, written with a letter for each dimension.
 *
 * PyTorch: `torch.einsum`. Pairs are multiplied from left to right, as matrix products.
 *
 * @param equation Subscripts such as `"bij,bjk->bik"`; `...` stands for dimensions that broadcast. Without
 * `->`, the result has the letters that appear once, in alphabetical order.
 * @param tensors One for each term.
 * @returns The sum.
 * @throws {ShapeError} If the equation does not fit the tensors.
 *
 * @example
 * ```ts
 * import { einsum, tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await einsum("ij->ji", x).tolist(), [[1, 3], [2, 4]]);
 * assertEquals(await einsum("ii", x).item(), 5);
 * assertEquals(await einsum("ij,jk->ik", x, x).tolist(), [[7, 10], [15, 22]]);
 * ```
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const [left, right, extra] = equation.split("->");
  const terms = left.split(",");
  if (extra !== undefined) throw new ShapeError(`einsum: "->" appears twice in "${equation}"`);
  if (tensors.length === 0 || terms.length !== tensors.length) {
    throw new ShapeError(
      `einsum: "${equation}" has ${terms.length} terms for ${tensors.length} tensors`,
    );
  }
  commonDevice("einsum", tensors);
  const operands = tensors.map((x, i) => label(x, terms[i], equation));
  const sizes = sizesOf(operands, equation);
  const out = right === undefined
    ? implied(terms.map((term) => subscripts(term, equation)))
    : subscripts(right, equation);
  const widest = [...sizes.keys()].filter((label) => label.startsWith("...")).length;
  const result = out.flatMap((label) => label === "..." ? ellipsis(widest) : [label]);
  result.forEach((label, i) => {
    if (!sizes.has(label)) {
      throw new ShapeError(`einsum: "${label}" of the result is in no term of "${equation}"`);
    }
    if (result.indexOf(label) !== i) {
      throw new ShapeError(`einsum: "${label}" appears twice in the result of "${equation}"`);
    }
  });

  let product = operands[0];
  for (let i = 1; i < operands.length; i++) {
    const later = new Set([...result, ...operands.slice(i + 1).flatMap(({ labels }) => labels)]);
    product = multiply(product, operands[i], later);
  }
  product = sumExcept(product, new Set(result));
  return product.x.permute(result.map((label) => product.labels.indexOf(label)));
}

/** The size of every subscript; a size of 1 broadcasts. */
function sizesOf(operands: readonly Labelled[], equation: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, labels } of operands) {
    labels.forEach((label, d) => {
      const known = sizes.get(label) ?? 1, size = x.shape[d];
      if (known !== 1 && size !== 1 && known !== size) {
        const name = label.startsWith("...") ? "..." : label;
        throw new ShapeError(
          `einsum: "${name}" of "${equation}" has sizes ${known} and ${size}`,
        );
      }
      if (known === 1) sizes.set(label, size);
    });
  }
  return sizes;
}

/** Sums out the dimensions that nobody needs. */
function sumExcept({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const dims = labels.flatMap((label, d) => needed.has(label) ? [] : [d]);
  if (dims.length === 0) return { x, labels };
  return { x: x.sum(dims), labels: labels.filter((label) => needed.has(label)) };
}

/** The product of two, summed over what no later operand and not the result has. */
function multiply(left: Labelled, right: Labelled, later: ReadonlySet<string>): Labelled {
  const a = sumExcept(left, new Set([...later, ...right.labels]));
  const b = sumExcept(right, new Set([...later, ...left.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.has(label));
  const summed = shared.filter((label) => !later.has(label));
  const onlyA = a.labels.filter((label) => !b.labels.includes(label));
  const onlyB = b.labels.filter((label) => !a.labels.includes(label));
  const labels = [...batch, ...onlyA, ...onlyB];
  const sizeIn = ({ x, labels }: Labelled, label: string) => x.shape[labels.indexOf(label)];
  const sizes = (of: Labelled, names: readonly string[]) => names.map((name) => sizeIn(of, name));
  const ordered = ({ x, labels }: Labelled, names: readonly string[]) =>
    x.permute(names.map((name) => labels.indexOf(name)));
  if (summed.length === 0) {
    const apart = [...sizes(a, batch), ...sizes(a, onlyA), ...onlyB.map(() => 1)];
    const other = [...sizes(b, batch), ...onlyA.map(() => 1), ...sizes(b, onlyB)];
    const x = ordered(a, [...batch, ...onlyA]).reshape(apart);
    return { x: x.mul(ordered(b, [...batch, ...onlyB]).reshape(other)), labels };
  }
  // What is summed has one size on both sides.
  const common = summed.map((name) => sizeIn(a, name) === 1 ? sizeIn(b, name) : sizeIn(a, name));
  const k = numelOf(common);
  const rows = ordered(a, [...batch, ...onlyA, ...summed])
    .expand([...sizes(a, batch), ...sizes(a, onlyA), ...common])
    .reshape([...sizes(a, batch), numelOf(sizes(a, onlyA)), k]);
  const columns = ordered(b, [...batch, ...summed, ...onlyB])
    .expand([...sizes(b, batch), ...common, ...sizes(b, onlyB)])
    .reshape([...sizes(b, batch), k, numelOf(sizes(b, onlyB))]);
  const product = rows.matmul(columns);
  const outer = product.shape.slice(0, batch.length);
  return { x: product.reshape([...outer, ...sizes(a, onlyA), ...sizes(b, onlyB)]), labels };
}
