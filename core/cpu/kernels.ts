/**
 * Compiled kernels by their key, and their launch: arguments go into a block of memory that the
 * kernel reads, so that one kernel serves every size.
 *
 * @module
 */
import { FormCache } from "../form.ts";
import type { Plan, Step } from "../plan.ts";
import { FLOAT_BINARY, FLOAT_UNARY } from "../scalar_math.ts";
import { counters } from "../stats.ts";
import type { ModuleBuilder } from "./assembler.ts";
import { generate } from "./codegen.ts";
import { classOf } from "./emitter.ts";
import type { Features } from "./features.ts";
import { type Layout, layOut, overwrites, pointAt, type Product } from "./layout.ts";
import type { Memory } from "./memory.ts";
import {
  isPlainCopy,
  runTranspose,
  type Transpose,
  transposeModule,
  turnedDimension,
} from "./transpose.ts";

/** Where the argument block is. */
const ARGUMENTS = 1024;
/**
 * Elements computed by one call: short enough that V8's optimized code, which only starts with a
 * call, takes over within a long launch; long enough that the call costs nothing.
 */
const PER_CALL = 1 << 15;

/** Functions of doubles that kernels import. */
const HOST: WebAssembly.ModuleImports = { ...FLOAT_UNARY, ...FLOAT_BINARY };

/** Compiles a module over a memory. */
export function compile<T>(module: ModuleBuilder, memory: Memory): T {
  counters.compilations++;
  const env = { ...HOST, memory: memory.wasm };
  const compiled = new WebAssembly.Module(module.encode(memory.type));
  return new WebAssembly.Instance(compiled, { env }).exports as T;
}

/** A compiled kernel. */
export interface Kernel {
  readonly run: (args: number, from: number, to: number) => void;
  readonly slots: number;
  readonly unroll: number;
}

/** A kernel whose arguments are in place. */
export class Launch {
  /** How far the first dimension goes. */
  readonly extent: number;
  readonly #stride: number;

  /** Remembers what to call. */
  constructor(readonly layout: Layout, readonly kernel: Kernel) {
    [this.extent, this.#stride] = extent(layout);
  }

  /** Computes a range of the first dimension. */
  range(start: number, end: number): void {
    const stride = this.#stride;
    try {
      for (let from = start; from < end; from += stride) {
        this.kernel.run(ARGUMENTS, from, Math.min(from + stride, end));
      }
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError && /divi|remainder/.test(error.message)) {
        throw new RangeError("ZeroDivisionError: an integer was divided by zero");
      }
      throw error;
    }
  }
}

/** The kernels of one memory. */
export class Kernels {
  readonly #memory: Memory;
  readonly #features: Features;
  readonly #cache = new Map<string, Kernel>();
  readonly #layouts = new FormCache<Layout>();
  #transpose: Transpose | null = null;
  #keptAt = 0;
  #keptSize = 0;

  constructor(memory: Memory, features: Features) {
    this.#memory = memory;
    this.#features = features;
  }

  /** Runs a plan. */
  run(plan: Plan): void {
    if (isPlainCopy(plan) && this.#turn(plan)) return;
    const launch = this.prepare(plan, null);
    launch.range(0, launch.extent);
  }

  /** Runs a copy that turns rows into columns, if it is one. */
  #turn(plan: Plan): boolean {
    const layout = this.#layOut(plan, null);
    const turned = turnedDimension(layout);
    if (turned < 0) return false;
    this.#transpose ??= compile<{ run: Transpose }>(transposeModule(), this.#memory).run;
    runTranspose(this.#transpose, layout, turned);
    return true;
  }

  /**
   * Writes a plan's arguments; no other plan may be prepared until it has run.
   *
   * @param products Where the plan's contractions are.
   */
  prepare(plan: Plan, products: ReadonlyMap<number, Product> | null): Launch {
    const layout = this.#layOut(plan, products);
    let kernel = this.#cache.get(layout.key);
    if (kernel === undefined) {
      const { module, slots, unroll } = generate(plan, layout, this.#features);
      const { run } = compile<{ run: Kernel["run"] }>(module, this.#memory);
      this.#cache.set(layout.key, kernel = { run, slots, unroll });
    }
    this.#writeArguments(plan.steps, layout, kernel);
    return new Launch(layout, kernel);
  }

  /** The layout of a plan: made for it, or for one of its form and now pointed at its memory. */
  #layOut(plan: Plan, products: ReadonlyMap<number, Product> | null): Layout {
    const delayed = overwrites(plan, products);
    let layout = this.#layouts.get(plan, (layout) => layout.delayed === delayed);
    if (layout !== undefined) pointAt(layout, plan, products);
    else this.#layouts.set(plan, layout = layOut(plan, products));
    return layout;
  }

  /** In the order in which the generator reads them. */
  #writeArguments(steps: readonly Step[], layout: Layout, kernel: Kernel): void {
    let kept = 0;
    if (kernel.slots > 0) kept = this.#keep(keptBytes(layout, kernel));
    const { i32, f32 } = this.#memory.views;
    let at = ARGUMENTS / 4;
    for (const size of layout.outer) i32[at++] = size;
    for (const size of layout.inner) i32[at++] = size;
    for (const { kind, base, strides } of layout.streams) {
      i32[at++] = base;
      if (kind === "count") {
        i32[at++] = Math.floor(base / 2 ** 32);
        for (const stride of strides) {
          i32[at++] = stride;
          i32[at++] = Math.floor(stride / 2 ** 32);
        }
      } else {
        for (let i = 0; i < strides.length; i++) i32[at++] = strides[i];
      }
    }
    for (const step of steps) {
      if (step.kind !== "const") continue;
      const { value } = step;
      switch (classOf(step.dtype)) {
        case "f32":
          f32[at] = Number(value);
          break;
        case "i32":
          i32[at] = Number(value);
          break;
        case "mask":
          i32[at] = Number(value) !== 0 ? -1 : 0;
          break;
        case "f64":
          WORDS.f64[0] = Number(value);
          i32[at] = WORDS.i32[0];
          i32[at + 1] = WORDS.i32[1];
          break;
        case "i64":
          WORDS.i64[0] = BigInt(value);
          i32[at] = WORDS.i32[0];
          i32[at + 1] = WORDS.i32[1];
      }
      at += 2;
    }
    let seen: string[] | null = null;
    for (const step of steps) {
      if (step.kind !== "random") continue;
      const name = `${step.key}:${step.base}`;
      seen ??= [];
      if (seen.includes(name)) continue;
      seen.push(name);
      i32[at++] = step.key[0];
      i32[at++] = step.key[1];
    }
    if (kernel.slots > 0) i32[at++] = kept;
  }

  /** Memory for values kept between passes, grown on demand and used again. */
  #keep(nbytes: number): number {
    if (nbytes > this.#keptSize) {
      const size = Math.max(nbytes, 2 * this.#keptSize);
      if (this.#keptSize > 0) this.#memory.give(this.#keptAt, this.#keptSize, true);
      this.#keptSize = 0;
      this.#keptAt = this.#memory.take(size, true);
      this.#keptSize = size;
    }
    return this.#keptAt;
  }
}

const WORDS = (() => {
  const f64 = new Float64Array(1);
  return { f64, i64: new BigInt64Array(f64.buffer), i32: new Int32Array(f64.buffer) };
})();

/** How far the first dimension goes, and how much of it one call takes. */
function extent(layout: Layout): [number, number] {
  const { outer, inner, pointwise, schedule } = layout;
  if (outer.length === 0) return pointwise ? [inner[0], PER_CALL] : [1, 1];
  let each = 1;
  for (const size of inner) each *= size;
  for (let i = 1; i < outer.length; i++) each *= outer[i];
  const stride = Math.max(Math.floor(PER_CALL / Math.max(each, 1)), 1);
  // Whole blocks of rows where rows lie side by side.
  const whole = schedule === "lanes" && outer.length === 1;
  return [outer[0], whole ? Math.ceil(stride / 16) * 16 : stride];
}

function keptBytes(layout: Layout, kernel: Kernel): number {
  const { inner, schedule } = layout;
  let positions = 1;
  for (const size of inner) positions *= size;
  if (schedule === "lanes") return positions * kernel.unroll * kernel.slots * 16;
  const last = inner[inner.length - 1];
  return positions / Math.max(last, 1) * Math.ceil(last / 4) * kernel.slots * 16;
}
