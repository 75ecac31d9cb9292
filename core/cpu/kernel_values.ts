/**
 * Inside of a kernel: its arguments, the streams that walk memory, and the values of steps for four
 * elements at a time.
 *
 * @module
 */
import {
  type Code,
  Func,
  I32,
  i32,
  I64,
  load,
  ModuleBuilder,
  op,
  select,
  store,
  V128,
} from "./assembler.ts";
import { DTYPES } from "../dtype.ts";
import type { Plan, Step } from "../plan.ts";
import { loadRun, loadScattered, loadSplat, storeRun, storeScattered } from "./element_io.ts";
import { fit } from "./element_io.ts";
import { emitBinary } from "./emit_binary.ts";
import { emitCast } from "./emit_cast.ts";
import { classOf, Emitter, isWide, type Val } from "./emitter.ts";
import { emitKeys, emitPhilox, type KeySchedule } from "./emit_random.ts";
import { emitUnaryAll } from "./emit_unary.ts";
import type { Features } from "./features.ts";
import type { Layout, Stream } from "./layout.ts";
import { type Pass, type Schedule, schedule } from "./passes.ts";

/** Where each stream stands: a local each. */
export type Pointers = readonly Code[];

/** The elements being computed: four of a row, or four rows. */
export interface Cell {
  /** Which of several vectors taken together. */
  readonly u: number;
  /** Values so far. */
  readonly values: Map<number, Val>;
  /** Random blocks computed so far. */
  readonly blocks: Map<number, readonly Code[]>;
  readonly at: Pointers;
  /** The pass, or null for the row's own values. */
  readonly pass: Pass | null;
  /** How many lanes are filled; null for all. */
  readonly filled: Code | null;
}

/** The streams, arguments and values of a kernel under construction. */
export class KernelValues {
  protected readonly plan: Plan;
  protected readonly module = new ModuleBuilder();
  /** Parameters: the argument block, and the range of the first dimension. */
  protected readonly f = new Func([I32, I32, I32]);
  protected readonly g: Emitter;
  protected readonly steps: readonly Step[];
  protected readonly work: Schedule;
  #words = 0;
  protected readonly outer: Code[];
  protected readonly inner: Code[];
  /** For each stream, its strides; outer dimensions first. */
  protected readonly strides: Code[][] = [];
  protected readonly bases: Code[] = [];
  readonly #constants = new Map<number, Val>();
  readonly #keys = new Map<string, { id: number; rounds: KeySchedule }>();
  /** For each vector of rows taken together, the row's values. */
  protected rows: Map<number, Val>[] = [];
  /** Where the values kept between passes lie. */
  protected readonly kept: Code | null;
  protected keptAt: Code | null = null;
  /** Bytes kept for each four elements. */
  protected readonly record: number;
  protected readonly unroll: number;

  constructor(plan: Plan, protected readonly layout: Layout, features: Features) {
    this.plan = plan;
    this.steps = plan.steps;
    this.work = schedule(plan, layout);
    this.g = new Emitter(this.f, this.module, features);
    this.outer = layout.outer.map(() => this.word());
    this.inner = layout.inner.map(() => this.word());
    for (const stream of layout.streams) {
      const next = stream.kind === "count" ? () => this.#longWord() : () => this.word();
      this.bases.push(next());
      this.strides.push(stream.strides.map(next));
    }
    this.steps.forEach((step, at) => {
      if (step.kind === "const") this.#constants.set(at, this.#constant(step.dtype));
    });
    this.steps.forEach((step) => {
      if (step.kind !== "random") return;
      const name = `${step.key}:${step.base}`;
      if (this.#keys.has(name)) return;
      this.#keys.set(name, { id: this.#keys.size, rounds: emitKeys(this.g, () => this.#splat()) });
    });
    this.record = this.work.slots * 16;
    this.kept = this.record > 0 ? this.word() : null;
    const heavy = this.work.passes.some((pass) => pass?.heavy);
    this.unroll = layout.schedule === "lanes" ? (heavy ? 2 : 4) : 1;
  }

  #offset(words: number): number {
    const at = this.#words * 4;
    this.#words += words;
    return at;
  }

  protected word(): Code {
    return this.f.atStart(I32, load("i32.load", this.f.param(0), this.#offset(1)));
  }

  #longWord(): Code {
    return this.f.atStart(I64, load("i64.load", this.f.param(0), this.#offset(2)));
  }

  #splat(): Code {
    return this.f.atStart(V128, load("v128.load32_splat", this.f.param(0), this.#offset(1)));
  }

  #constant(dtype: Step["dtype"]): Val {
    const wide = isWide(classOf(dtype));
    const name = wide ? "v128.load64_splat" : "v128.load32_splat";
    const x = this.f.atStart(V128, load(name, this.f.param(0), this.#offset(2)));
    return wide ? [x, x] : [x];
  }

  protected isCount(stream: number): boolean {
    return this.layout.streams[stream].kind === "count";
  }

  protected copy(pointers: Pointers, used?: ReadonlySet<number>): Code[] {
    return pointers.map((p, i) =>
      used === undefined || used.has(i) ? this.f.let(this.isCount(i) ? I64 : I32, p) : p
    );
  }

  /** Moves a stream by `times` (an i32) strides along a dimension. */
  protected advance(pointers: Pointers, stream: number, dim: number, times?: Code): void {
    const p = pointers[stream], stride = this.strides[stream][dim];
    if (this.isCount(stream)) {
      const by = times === undefined
        ? stride
        : op("i64.mul", stride, op("i64.extend_i32_u", times));
      this.f.set(p, op("i64.add", p, by));
    } else {
      this.f.bump(p, times === undefined ? stride : op("i32.mul", stride, times));
    }
  }

  protected advanceAll(
    pointers: Pointers,
    used: ReadonlySet<number>,
    dim: number,
    times?: Code,
  ): void {
    for (const stream of used) this.advance(pointers, stream, dim, times);
  }

  protected all(): Set<number> {
    return new Set(this.bases.keys());
  }

  protected value(at: number, cell: Cell): Val {
    const constant = this.#constants.get(at);
    if (constant !== undefined) return constant;
    if (cell.pass !== null && this.work.row[at]) return this.rows[this.#rowOf(cell)].get(at)!;
    const known = cell.values.get(at);
    if (known !== undefined) return known;
    const value = this.#compute(at, cell);
    cell.values.set(at, value);
    return value;
  }

  /** One step for all cells together: long functions share their tests for rare arguments. */
  protected valueOfAll(at: number, cells: readonly Cell[]): void {
    const step = this.steps[at];
    if (step.kind !== "unary") {
      for (const cell of cells) this.value(at, cell);
      return;
    }
    const operands = cells.map((cell) => this.value(step.a, cell));
    emitUnaryAll(this.g, step.op, this.steps[step.a].dtype, operands)
      .forEach((value, i) => cells[i].values.set(at, value));
  }

  #rowOf(cell: Cell): number {
    return this.layout.schedule === "lanes" ? cell.u : 0;
  }

  #compute(at: number, cell: Cell): Val {
    const g = this.g, step = this.steps[at];
    const slot = this.work.slot[at];
    if (slot >= 0 && cell.pass !== null && !cell.pass.needed.has(at)) return this.#kept4(at, cell);
    const operand = (i: number) => this.value(i, cell);
    switch (step.kind) {
      case "load":
        return this.#load(this.layout.streamOf[at], cell);
      case "contract":
        return this.#product(at, cell);
      case "index":
        return this.#count(this.layout.streamOf[at], cell);
      case "random": {
        const { id, rounds } = this.#keys.get(`${step.key}:${step.base}`)!;
        let block = cell.blocks.get(id);
        if (block === undefined) {
          block = emitPhilox(g, this.#count(this.layout.streamOf[at], cell), rounds);
          cell.blocks.set(id, block);
        }
        return [block[step.word]];
      }
      case "cast":
        return emitCast(g, this.steps[step.a].dtype, step.dtype, operand(step.a));
      case "unary":
        return emitUnaryAll(g, step.op, this.steps[step.a].dtype, [operand(step.a)])[0];
      case "binary":
        return emitBinary(g, step.op, this.steps[step.a].dtype, operand(step.a), operand(step.b));
      case "where":
        return g.pickVal(operand(step.cond)[0], operand(step.a), operand(step.b));
      default:
        throw new TypeError(`${step.kind} ${at} is used before its value is there`);
    }
  }

  /** A product waits in float32 or int32 and is rounded to its dtype here. */
  #product(at: number, cell: Cell): Val {
    const stream = this.layout.streamOf[at];
    const value = this.#load(stream, cell);
    const { dtype } = this.steps[at];
    const held = this.layout.streams[stream].dtype;
    if (held === dtype) return value;
    return dtype === "bool" ? emitCast(this.g, held, dtype, value) : fit(this.g, dtype, value);
  }

  /** A stream's stride from lane to lane. */
  #laneStride(stream: number): Code {
    const { schedule, outer, inner } = this.layout;
    const dim = schedule === "lanes" ? outer.length - 1 : outer.length + inner.length - 1;
    return this.strides[stream][dim];
  }

  /** The addresses of four lanes; lanes past the end repeat the last. */
  #addresses(stream: number, cell: Cell): Code[] {
    const f = this.f;
    const stride = this.#laneStride(stream);
    const skip = op("i32.mul", stride, i32(4 * cell.u));
    let address = cell.u === 0 ? cell.at[stream] : f.let(I32, op("i32.add", cell.at[stream], skip));
    const out = [address];
    for (let l = 1; l < 4; l++) {
      const next = op("i32.add", address, stride);
      address = f.let(
        I32,
        cell.filled === null ? next : select(next, address, op("i32.gt_u", cell.filled, i32(l))),
      );
      out.push(address);
    }
    return out;
  }

  #load(stream: number, cell: Cell): Val {
    const g = this.g;
    const { lane, dtype } = this.layout.streams[stream];
    if (lane === 0 || (cell.pass === null && this.layout.schedule === "rows")) {
      return loadSplat(g, dtype, cell.at[stream]);
    }
    if (lane === 1) {
      return loadRun(g, dtype, cell.at[stream], cell.u * 4 * DTYPES[dtype].itemSize);
    }
    return loadScattered(g, dtype, this.#addresses(stream, cell));
  }

  protected store(stream: number, dtype: Stream["dtype"], cell: Cell, value: Val): void {
    const g = this.g;
    const { lane } = this.layout.streams[stream];
    const { itemSize } = DTYPES[dtype];
    const p = cell.at[stream];
    if (lane === 1 && cell.filled === null) {
      storeRun(g, dtype, p, cell.u * 4 * itemSize, value);
      return;
    }
    storeScattered(g, dtype, this.#addresses(stream, cell), value, cell.filled ?? 4);
  }

  /** Four values of a counter. */
  #count(stream: number, cell: Cell): Val {
    const g = this.g;
    const first = g.vec(op("i64x2.splat", cell.at[stream]));
    const { lane } = this.layout.streams[stream];
    if (lane === 0 || (cell.pass === null && this.layout.schedule === "rows")) {
      return [first, first];
    }
    const ramps = [0n, 2n].map((r) => g.i64(BigInt(4 * cell.u) + r, BigInt(4 * cell.u) + r + 1n));
    if (lane === 1) return ramps.map((r) => g.vec(op("i64x2.add", first, r)));
    const stride = g.vec(op("i64x2.splat", this.#laneStride(stream)));
    return ramps.map((r) => g.vec(op("i64x2.add", first, op("i64x2.mul", stride, r))));
  }

  /** The position within the row, 32 bits a lane, for `argmax` and `argmin`. */
  protected position(cell: Cell): Code {
    const g = this.g;
    const { position, schedule } = this.layout;
    const first = g.vec(op("i32x4.splat", op("i32.wrap_i64", cell.at[position])));
    if (schedule === "lanes") return first;
    return g.vec(op("i32x4.add", first, g.i32(0, 1, 2, 3)));
  }

  protected keep(at: number, cell: Cell): void {
    const offset = cell.u * this.record + this.work.slot[at] * 16;
    this.value(at, cell).forEach((x, i) =>
      this.f.emit(store("v128.store", this.keptAt!, x, offset + 16 * i))
    );
  }

  #kept4(at: number, cell: Cell): Val {
    const offset = cell.u * this.record + this.work.slot[at] * 16;
    const wide = isWide(classOf(this.steps[at].dtype));
    return (wide ? [0, 16] : [0]).map((more) =>
      this.g.vec(load("v128.load", this.keptAt!, offset + more))
    );
  }
}
