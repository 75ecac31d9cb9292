/**
 * Vector code for elements, four at a time: a value of 32 bits or less is one vector, a value of
 * 64 bits is two, and a bool is a mask of 32-bit lanes.
 *
 * @module
 */
import {
  call,
  type Code,
  F32,
  F64,
  type Func,
  type FuncRef,
  I32,
  I64,
  lane,
  type ModuleBuilder,
  op,
  shuffle32,
  type ValType,
} from "./assembler.ts";
import type { DType } from "../dtype.ts";
import type { Features } from "./features.ts";

/** Four elements: one vector, or two. */
export type Val = readonly Code[];

/** How a dtype is held in vectors. */
export type ElementClass = "f32" | "i32" | "f64" | "i64" | "mask";

const CLASSES: Partial<Record<DType, ElementClass>> = {
  float32: "f32",
  float16: "f32",
  bfloat16: "f32",
  float64: "f64",
  int64: "i64",
  int32: "i32",
  int16: "i32",
  int8: "i32",
  uint8: "i32",
  bool: "mask",
};

/** The class of a dtype that computes. */
export function classOf(dtype: DType): ElementClass {
  return CLASSES[dtype]!;
}

/** Whether a class takes two vectors. */
export function isWide(c: ElementClass): boolean {
  return c === "f64" || c === "i64";
}

/** A lane's type and instructions. */
const LANES = {
  f32: { shape: "f32x4", type: F32, count: 4 },
  i32: { shape: "i32x4", type: I32, count: 4 },
  f64: { shape: "f64x2", type: F64, count: 2 },
  i64: { shape: "i64x2", type: I64, count: 2 },
} as const;

/** A class whose lanes are numbers. */
export type LaneClass = keyof typeof LANES;

/** Emits vector code into a function. */
export class Emitter {
  /** Whether all lanes of every value are equal: a row's own values. */
  uniform = false;
  /** The lanes that hold elements, when the last vector of a run is partly filled. */
  tail: Code | null = null;

  constructor(
    readonly f: Func,
    readonly module: ModuleBuilder,
    readonly features: Features,
  ) {}

  /** Names a vector. */
  vec(code: Code): Code {
    return this.f.vec(code);
  }

  /** A constant of four floats. */
  f32(value: number): Code {
    return this.f.constant(new Uint8Array(new Float32Array(4).fill(value).buffer));
  }

  /** A constant of four 32-bit integers. */
  i32(value: number, ...more: number[]): Code {
    const lanes = more.length > 0 ? [value, ...more] : [value, value, value, value];
    return this.f.constant(new Uint8Array(Int32Array.from(lanes).buffer));
  }

  /** A constant of two doubles. */
  f64(value: number): Code {
    return this.f.constant(new Uint8Array(new Float64Array(2).fill(value).buffer));
  }

  /** A constant of two 64-bit integers. */
  i64(value: bigint, second: bigint = value): Code {
    return this.f.constant(new Uint8Array(BigInt64Array.of(value, second).buffer));
  }

  /** a * b + c, rounded once where the engine can. Never for a product that a user wrote. */
  madd(a: Code, b: Code, c: Code): Code {
    return this.features.relaxed
      ? op("f32x4.relaxed_madd", a, b, c)
      : op("f32x4.add", op("f32x4.mul", a, b), c);
  }

  /** c - a * b. */
  nmadd(a: Code, b: Code, c: Code): Code {
    return this.features.relaxed
      ? op("f32x4.relaxed_nmadd", a, b, c)
      : op("f32x4.sub", c, op("f32x4.mul", a, b));
  }

  /** Horner's scheme, coefficients from low to high. */
  poly(x: Code, coefficients: readonly number[]): Code {
    let value = this.f32(coefficients[coefficients.length - 1]);
    for (let i = coefficients.length - 2; i >= 0; i--) {
      value = this.madd(value, x, this.f32(coefficients[i]));
    }
    return value;
  }

  /** The same with even and odd powers apart: more work in less time, where nothing else waits. */
  polyApart(x: Code, coefficients: readonly number[]): Code {
    const square = this.vec(op("f32x4.mul", x, x));
    const even = this.vec(this.poly(square, coefficients.filter((_, i) => i % 2 === 0)));
    const odd = this.vec(this.poly(square, coefficients.filter((_, i) => i % 2 === 1)));
    return this.madd(odd, x, even);
  }

  /** Lanes of a where the mask is set, else of b. */
  pick(mask: Code, a: Code, b: Code): Code {
    return op(this.features.relaxed ? "i32x4.relaxed_laneselect" : "v128.bitselect", a, b, mask);
  }

  /** A mask of 32-bit lanes for two vectors of 64-bit lanes. */
  widen(mask: Code): [Code, Code] {
    return [
      this.vec(shuffle32([0, 0, 1, 1], mask, mask)),
      this.vec(shuffle32([2, 2, 3, 3], mask, mask)),
    ];
  }

  /** The mask of 32-bit lanes of two masks of 64-bit lanes. */
  narrow(low: Code, high: Code): Code {
    return shuffle32([0, 2, 4, 6], low, high);
  }

  /** Picks lanes of values of any class. */
  pickVal(mask: Code, a: Val, b: Val): Val {
    if (a.length === 1) return [this.vec(this.pick(mask, a[0], b[0]))];
    const masks = this.widen(mask);
    return masks.map((m, i) => this.vec(this.pick(m, a[i], b[i])));
  }

  /** Applies an instruction to each vector of its operands. */
  each(name: string, ...operands: Val[]): Val {
    return operands[0].map((_, i) => this.vec(op(name, ...operands.map((v) => v[i]))));
  }

  /** One lane of a value. */
  extract(c: LaneClass, value: Val, at: number): Code {
    const { shape, count } = LANES[c];
    return lane(`${shape}.extract_lane`, at % count, value[Math.floor(at / count)]);
  }

  /** Computes lane by lane, or once when all lanes are equal. */
  perLane(
    from: LaneClass,
    to: LaneClass,
    operands: Val[],
    body: (lanes: Code[]) => Code,
  ): Val {
    const { shape, count, type } = LANES[to];
    const fetch = (at: number) =>
      operands.map((v) => this.f.let(LANES[from].type, this.extract(from, v, at)));
    if (this.uniform) {
      const one = this.vec(op(`${shape}.splat`, body(fetch(0))));
      return count === 4 ? [one] : [one, one];
    }
    const out: Code[] = [];
    for (let at = 0; at < 4; at++) {
      const value = this.f.let(type as ValType, body(fetch(at)));
      const k = Math.floor(at / count);
      if (at % count === 0) out[k] = this.vec(op(`${shape}.splat`, value));
      else this.f.set(out[k], lane(`${shape}.replace_lane`, at % count, out[k], value));
    }
    return out;
  }

  /** Calls a function of doubles on each lane; 32-bit floats are rounded once. */
  callMath(c: "f32" | "f64", target: FuncRef, operands: Val[]): Val {
    return this.perLane(
      c,
      c,
      operands,
      (lanes) =>
        c === "f64"
          ? call(target, ...lanes)
          : op("f32.demote_f64", call(target, ...lanes.map((x) => op("f64.promote_f32", x)))),
    );
  }

  /** An imported function of one or two doubles. */
  math(name: string, arity = 1): FuncRef {
    return this.module.import(name, new Array<ValType>(arity).fill(F64), [F64]);
  }
}
