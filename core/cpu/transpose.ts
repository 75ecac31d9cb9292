/**
 * Copies of 32-bit elements from columns to rows, in blocks of 4 by 4 that are turned in registers
 * and tiles that fit the cache: element by element this is the slowest thing that memory does.
 *
 * @module
 */
import type { Plan } from "../plan.ts";
import { DTYPES } from "../dtype.ts";
import {
  type Code,
  Func,
  I32,
  i32,
  load,
  ModuleBuilder,
  op,
  select,
  shuffle32,
  store,
} from "./assembler.ts";
import type { Layout } from "./layout.ts";

/** Copies `out[i * step + j] = from[i + j * stride]`; strides in bytes, `rows` along i. */
export type Transpose = (
  from: number,
  stride: number,
  out: number,
  step: number,
  rows: number,
  columns: number,
) => void;

const TILE = 64;

/** Generates the kernel, exported as `run`. */
export function transposeModule(): ModuleBuilder {
  const module = new ModuleBuilder();
  const tile = module.add(tileFunction());
  const f = new Func(new Array(6).fill(I32));
  const [from, stride, out, step, rows, columns] = [0, 1, 2, 3, 4, 5].map((i) => f.param(i));
  const least = (a: Code): Code => select(a, i32(TILE), op("i32.lt_u", a, i32(TILE)));
  f.while(() => rows, () => {
    const high = f.let(I32, least(rows));
    const source = f.let(I32, from), target = f.let(I32, out), left = f.let(I32, columns);
    f.while(() => left, () => {
      const wide = f.let(I32, least(left));
      f.emit([source, stride, target, step, high, wide, 0x10, tile]);
      f.bump(source, op("i32.mul", stride, wide));
      f.bump(target, i32(4 * TILE));
      f.set(left, op("i32.sub", left, wide));
    });
    f.bump(from, i32(4 * TILE));
    f.bump(out, op("i32.mul", step, high));
    f.set(rows, op("i32.sub", rows, high));
  });
  module.add(f, "run");
  return module;
}

function tileFunction(): Func {
  const f = new Func(new Array(6).fill(I32));
  const [from, stride, out, step, rows, columns] = [0, 1, 2, 3, 4, 5].map((i) => f.param(i));
  const times = (a: Code, n: number): Code => op("i32.mul", a, i32(n));
  const address = (base: Code, by: Code, n: number): Code =>
    n === 0 ? base : op("i32.add", base, times(by, n));
  const single = (source: Code, target: Code): void =>
    f.emit(store("i32.store", target, load("i32.load", source)));

  const lines = (height: number): void => {
    const source = f.let(I32, from), target = f.let(I32, out), left = f.let(I32, columns);
    if (height === 4) {
      f.while(() => op("i32.ge_u", left, i32(4)), () => {
        const v = [0, 1, 2, 3].map((j) => f.vec(load("v128.load", address(source, stride, j))));
        const low = [0, 2].map((j) => f.vec(shuffle32([0, 4, 1, 5], v[j], v[j + 1])));
        const high = [0, 2].map((j) => f.vec(shuffle32([2, 6, 3, 7], v[j], v[j + 1])));
        [low, high].forEach(([x, y], i) => {
          const put = (row: number, code: Code): void =>
            f.emit(store("v128.store", address(target, step, row), code));
          put(2 * i, shuffle32([0, 1, 4, 5], x, y));
          put(2 * i + 1, shuffle32([2, 3, 6, 7], x, y));
        });
        f.bump(source, times(stride, 4));
        f.bump(target, i32(16));
        f.bump(left, i32(-4));
      });
    }
    f.while(() => left, () => {
      for (let i = 0; i < height; i++) {
        single(op("i32.add", source, i32(4 * i)), address(target, step, i));
      }
      f.bump(source, stride);
      f.bump(target, i32(4));
      f.bump(left, i32(-1));
    });
    f.bump(from, i32(4 * height));
    f.bump(out, times(step, height));
    f.bump(rows, i32(-height));
  };
  f.while(() => op("i32.ge_u", rows, i32(4)), () => lines(4));
  f.while(() => rows, () => lines(1));
  return f;
}

/** Whether a plan only copies 32-bit elements. */
export function isPlainCopy({ steps, outputs }: Plan): boolean {
  return steps.length === 1 && steps[0].kind === "load" && outputs.length === 1 &&
    DTYPES[steps[0].dtype].itemSize === 4;
}

/** The dimension along which a plain copy reads element by element, if it isn't the last; or -1. */
export function turnedDimension({ streams, outer, inner }: Layout): number {
  const [source, target] = streams;
  if (target.strides[outer.length] !== 4 || inner[0] < 4) return -1;
  for (let d = 0; d < outer.length; d++) {
    if (source.strides[d] === 4 && outer[d] >= 4) return d;
  }
  return -1;
}

/** Copies every slice of the two dimensions. */
export function runTranspose(run: Transpose, layout: Layout, turned: number): void {
  const { streams: [source, target], outer, inner } = layout;
  const last = outer.length;
  const nest = (d: number, from: number, to: number): void => {
    if (d === last) {
      run(from, source.strides[last], to, target.strides[turned], outer[turned], inner[0]);
      return;
    }
    if (d === turned) return nest(d + 1, from, to);
    for (let i = 0; i < outer[d]; i++) {
      nest(d + 1, from + i * source.strides[d], to + i * target.strides[d]);
    }
  };
  nest(0, source.base, target.base);
}
