/**
 * Code for reductions: accumulators, and the step from lanes to one value.
 *
 * @module
 */
import { type Code, I32, I64, lane, op, select, shuffle32, V128 } from "./assembler.ts";
import type { DType } from "../dtype.ts";
import type { ReduceOp } from "../node.ts";
import { fit } from "./element_io.ts";
import { classOf, type ElementClass, type Emitter, type LaneClass, type Val } from "./emitter.ts";

/** The state of one reduction in one vector of elements. */
export interface Accumulator {
  /** The sum, product or extreme so far. */
  readonly value: Val;
  /** For sums of floats: the sum of the chunks that are done. */
  readonly total: Val | null;
  /** For extremes of floats: set where a NaN was met. */
  readonly nan: Val | null;
  /** For `argmax` and `argmin`: the position of the extreme, 32 bits. */
  readonly at: Code | null;
}

/** Emits one reduction of elements of a dtype. */
export class Reducer {
  readonly #c: ElementClass;
  readonly #identity: Val;

  /** Sets up the identity, which is outside of any loop. */
  constructor(
    readonly g: Emitter,
    readonly op: ReduceOp,
    readonly operand: DType,
    readonly dtype: DType,
  ) {
    this.#c = classOf(operand);
    this.#identity = identity(g, op, this.#numeric);
  }

  /** Masks take part in arg reductions as integers. */
  get #numeric(): ElementClass {
    return this.#c === "mask" && this.#isArg ? "i32" : this.#c;
  }

  get #isArg(): boolean {
    return this.op === "argmax" || this.op === "argmin";
  }

  get #isMax(): boolean {
    return this.op === "max" || this.op === "argmax";
  }

  get #isFloat(): boolean {
    return this.#c === "f32" || this.#c === "f64";
  }

  /** Whether partial sums are set aside now and then, so that rounding errors grow slowly. */
  get chunked(): boolean {
    return this.op === "sum" && this.#isFloat;
  }

  /** Makes the accumulator's locals. */
  make(): Accumulator {
    const like = (v: Val): Val => v.map(() => this.g.f.local(V128));
    const extreme = (this.op === "max" || this.op === "min") && this.#isFloat;
    return {
      value: like(this.#identity),
      total: this.chunked ? like(this.#identity) : null,
      nan: extreme ? like(this.#identity) : null,
      at: this.#isArg ? this.g.f.local(V128) : null,
    };
  }

  /** Starts over. */
  reset(acc: Accumulator): void {
    const { f } = this.g;
    this.#assign(acc.value, this.#identity);
    const none = this.g.i32(0);
    for (const part of acc.total ?? []) f.set(part, none);
    for (const part of acc.nan ?? []) f.set(part, none);
    if (acc.at !== null) f.set(acc.at, none);
  }

  /** Sets the partial sum aside. */
  flush(acc: Accumulator): void {
    if (acc.total === null) return;
    this.#assign(
      acc.total,
      this.g.each(this.#c === "f32" ? "f32x4.add" : "f64x2.add", acc.total, acc.value),
    );
    this.#assign(acc.value, this.#identity);
  }

  /** Takes in four elements; `position` counts them, for the arg forms. */
  add(acc: Accumulator, element: Val, position: Code | null): void {
    const { g } = this;
    let x = element;
    if (this.#isArg) {
      if (this.#c === "mask") x = [g.vec(op("v128.and", x[0], g.i32(1)))];
      this.#addPosition(acc, x, position!);
      return;
    }
    if (g.tail !== null) x = g.pickVal(g.tail, x, this.#identity);
    if (acc.nan !== null) {
      const ne = this.#c === "f32" ? "f32x4.ne" : "f64x2.ne";
      this.#assign(acc.nan, acc.nan.map((n, i) => op("v128.or", n, op(ne, x[i], x[i]))));
    }
    this.#assign(acc.value, this.combine(acc.value, x));
  }

  /** Two values of the reduction made one. */
  combine(a: Val, b: Val): Val {
    const { g } = this;
    const c = this.#c;
    const shape = { f32: "f32x4", f64: "f64x2", i32: "i32x4", i64: "i64x2", mask: "" }[c];
    if (c === "mask") {
      const or = this.op === "sum" || this.op === "max";
      return g.each(or ? "v128.or" : "v128.and", a, b);
    }
    switch (this.op) {
      case "sum":
        return g.each(`${shape}.add`, a, b);
      case "prod":
        return g.each(`${shape}.mul`, a, b);
      default: {
        const max = this.#isMax;
        if (this.#isFloat) return g.each(max ? `${shape}.pmax` : `${shape}.pmin`, a, b);
        if (c === "i32") return g.each(max ? "i32x4.max_s" : "i32x4.min_s", a, b);
        return a.map((x, i) => {
          const greater = g.vec(op("i64x2.gt_s", x, b[i]));
          return g.vec(max ? g.pick(greater, x, b[i]) : g.pick(greater, b[i], x));
        });
      }
    }
  }

  #better(a: Val, best: Val): Code[] {
    const c = this.#numeric;
    const shape = c === "f32" || c === "i32" ? `${c}x4` : `${c}x2`;
    const sign = c[0] === "i" ? "_s" : "";
    return a.map((x, i) => {
      const beats = op(`${shape}.${this.#isMax ? "gt" : "lt"}${sign}`, x, best[i]);
      if (!this.#isFloat) return beats;
      const first = op("v128.andnot", op(`${shape}.ne`, x, x), op(`${shape}.ne`, best[i], best[i]));
      return op("v128.or", beats, first);
    });
  }

  #addPosition(acc: Accumulator, x: Val, position: Code): void {
    const { g } = this;
    const parts = this.#better(x, acc.value);
    let better = g.vec(parts.length === 1 ? parts[0] : g.narrow(parts[0], parts[1]));
    if (g.tail !== null) better = g.vec(op("v128.and", better, g.tail));
    this.#assign(acc.value, g.pickVal(better, x, acc.value));
    g.f.set(acc.at!, g.pick(better, position, acc.at!));
  }

  #assign(to: Val, from: Val): void {
    to.forEach((local, i) => this.g.f.set(local, from[i]));
  }

  /** The value of each lane's own row. */
  lanesResult(acc: Accumulator): Val {
    const { g } = this;
    if (acc.at !== null) {
      return [
        g.vec(op("i64x2.extend_low_i32x4_u", acc.at)),
        g.vec(op("i64x2.extend_high_i32x4_u", acc.at)),
      ];
    }
    this.flush(acc);
    const value = acc.total ?? acc.value;
    const known = acc.nan === null ? value : g.each("v128.or", value, acc.nan);
    return fit(g, this.dtype, known);
  }

  /** The value of one row spread over accumulators and their lanes, in all lanes. */
  rowResult(accs: readonly Accumulator[]): Val {
    const { g } = this;
    if (this.#isArg) return this.#rowPosition(accs);
    for (const acc of accs) this.flush(acc);
    const tree = (values: Val[], join: (a: Val, b: Val) => Val): Val =>
      values.length === 1 ? values[0] : tree(
        Array.from(
          { length: Math.ceil(values.length / 2) },
          (_, i) =>
            2 * i + 1 < values.length ? join(values[2 * i], values[2 * i + 1]) : values[2 * i],
        ),
        join,
      );
    const across = (value: Val, join: (a: Val, b: Val) => Val): Val => {
      const turn = (x: Code, by: 1 | 2) =>
        g.vec(shuffle32(by === 2 ? [2, 3, 0, 1] : [1, 0, 3, 2], x, x));
      if (value.length === 2) {
        const both = join([value[0]], [value[1]]);
        const [x] = join(both, [turn(both[0], 2)]);
        return [x, x];
      }
      const pair = join(value, [turn(value[0], 2)]);
      return join(pair, [turn(pair[0], 1)]);
    };
    const join = (a: Val, b: Val) => this.combine(a, b);
    let value = across(tree(accs.map((acc) => acc.total ?? acc.value), join), join);
    if (accs[0].nan !== null) {
      const or = (a: Val, b: Val) => g.each("v128.or", a, b);
      value = or(value, across(tree(accs.map((acc) => acc.nan!), or), or));
    }
    return fit(g, this.dtype, value);
  }

  #rowPosition(accs: readonly Accumulator[]): Val {
    const { g } = this;
    const { f } = g;
    const c = this.#numeric as LaneClass;
    const type = { f32: 0x7d, f64: 0x7c, i32: I32, i64: I64 }[c] as typeof I32;
    const compare = `${c}.${this.#isMax ? "gt" : "lt"}${c[0] === "i" ? "_s" : ""}`;
    const best = f.local(type), at = f.local(I32);
    let first = true;
    for (const acc of accs) {
      for (let l = 0; l < 4; l++) {
        const value = f.let(type, g.extract(c, acc.value, l));
        const position = f.let(I32, lane("i32x4.extract_lane", l, acc.at!));
        if (first) {
          f.set(best, value);
          f.set(at, position);
          first = false;
          continue;
        }
        const earlier = op("i32.lt_u", position, at);
        const beats = op(compare, value, best);
        const same = op("i32.and", op(`${c}.eq`, value, best), earlier);
        let wins: Code = op("i32.or", beats, same);
        if (this.#isFloat) {
          // A NaN beats a number, and a later NaN.
          const nan = op(`${c}.ne`, value, value);
          const sooner = op("i32.or", op(`${c}.eq`, best, best), earlier);
          wins = op("i32.or", wins, op("i32.and", nan, sooner));
        }
        const won = f.let(I32, wins);
        f.set(best, select(value, best, won));
        f.set(at, select(position, at, won));
      }
    }
    const x = g.vec(op("i64x2.splat", op("i64.extend_i32_u", at)));
    return [x, x];
  }
}

function identity(g: Emitter, name: ReduceOp, c: ElementClass): Val {
  const max = name === "max" || name === "argmax";
  switch (c) {
    case "mask":
      return [g.i32(name === "sum" || name === "max" ? 0 : -1)];
    case "f32":
      return [g.f32(name === "sum" ? 0 : name === "prod" ? 1 : max ? -Infinity : Infinity)];
    case "f64": {
      const x = g.f64(name === "sum" ? 0 : name === "prod" ? 1 : max ? -Infinity : Infinity);
      return [x, x];
    }
    case "i32":
      return [g.i32(name === "sum" ? 0 : name === "prod" ? 1 : max ? -(2 ** 31) : 2 ** 31 - 1)];
    case "i64": {
      const least = -(1n << 63n);
      const x = g.i64(name === "sum" ? 0n : name === "prod" ? 1n : max ? least : -least - 1n);
      return [x, x];
    }
  }
}
