/**
 * From a laid out plan to a WebAssembly module: loops over rows, passes over a row's elements, and
 * in their bodies the code of each step.
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
import { type Accumulator, Reducer } from "./emit_reduce.ts";
import { emitUnaryAll } from "./emit_unary.ts";
import type { Features } from "./features.ts";
import type { Layout, Stream } from "./layout.ts";
import { type Pass, type Schedule, schedule } from "./passes.ts";

/** How many elements are summed before the partial sum is set aside. */
const CHUNK_ROWS = 4096, CHUNK_LANES = 256;

/** A kernel's module, and what its caller must know. */
export interface Generated {
  /** The module. */
  readonly module: ModuleBuilder;
  /** Vectors kept between passes for each four elements. */
  readonly slots: number;
  /** In the lanes schedule, vectors of rows taken together. */
  readonly unroll: number;
}

/** Where each stream stands: a local each. */
type Pointers = readonly Code[];

/** The elements being computed: four of a row, or four rows. */
interface Cell {
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

/** Generates the kernel of a plan; everything that differs between plans of one key is loaded. */
export function generate(plan: Plan, layout: Layout, features: Features): Generated {
  const builder = new Kernel(plan, layout, features);
  return builder.build();
}

class Kernel {
  readonly #module = new ModuleBuilder();
  /** Parameters: the argument block, and the range of the first dimension. */
  readonly #f = new Func([I32, I32, I32]);
  readonly #g: Emitter;
  readonly #steps: readonly Step[];
  readonly #schedule: Schedule;
  #words = 0;
  readonly #outer: Code[];
  readonly #inner: Code[];
  /** For each stream, its strides; outer dimensions first. */
  readonly #strides: Code[][] = [];
  readonly #bases: Code[] = [];
  readonly #constants = new Map<number, Val>();
  readonly #keys = new Map<string, { id: number; rounds: KeySchedule }>();
  /** For each vector of rows taken together, the row's values. */
  #rows: Map<number, Val>[] = [];
  /** Where the values kept between passes lie. */
  readonly #kept: Code | null;
  #keptAt: Code | null = null;
  /** Bytes kept for each four elements. */
  readonly #record: number;
  readonly #unroll: number;

  constructor(plan: Plan, readonly layout: Layout, features: Features) {
    this.plan = plan;
    this.#steps = plan.steps;
    this.#schedule = schedule(plan, layout);
    this.#g = new Emitter(this.#f, this.#module, features);
    this.#outer = layout.outer.map(() => this.#word());
    this.#inner = layout.inner.map(() => this.#word());
    for (const stream of layout.streams) {
      const next = stream.kind === "count" ? () => this.#longWord() : () => this.#word();
      this.#bases.push(next());
      this.#strides.push(stream.strides.map(next));
    }
    this.#steps.forEach((step, at) => {
      if (step.kind === "const") this.#constants.set(at, this.#constant(step.dtype));
    });
    this.#steps.forEach((step) => {
      if (step.kind !== "random") return;
      const name = `${step.key}:${step.base}`;
      if (this.#keys.has(name)) return;
      this.#keys.set(name, { id: this.#keys.size, rounds: emitKeys(this.#g, () => this.#splat()) });
    });
    this.#record = this.#schedule.slots * 16;
    this.#kept = this.#record > 0 ? this.#word() : null;
    const heavy = this.#schedule.passes.some((pass) => pass?.heavy);
    this.#unroll = layout.schedule === "lanes" ? (heavy ? 1 : 4) : 1;
  }

  readonly plan: Plan;

  build(): Generated {
    this.#main();
    this.#module.add(this.#f, "run");
    return { module: this.#module, slots: this.#schedule.slots, unroll: this.#unroll };
  }

  #offset(words: number): number {
    const at = this.#words * 4;
    this.#words += words;
    return at;
  }

  #word(): Code {
    return this.#f.atStart(I32, load("i32.load", this.#f.param(0), this.#offset(1)));
  }

  #longWord(): Code {
    return this.#f.atStart(I64, load("i64.load", this.#f.param(0), this.#offset(2)));
  }

  #splat(): Code {
    return this.#f.atStart(V128, load("v128.load32_splat", this.#f.param(0), this.#offset(1)));
  }

  #constant(dtype: Step["dtype"]): Val {
    const wide = isWide(classOf(dtype));
    const name = wide ? "v128.load64_splat" : "v128.load32_splat";
    const x = this.#f.atStart(V128, load(name, this.#f.param(0), this.#offset(2)));
    return wide ? [x, x] : [x];
  }

  #isCount(stream: number): boolean {
    return this.layout.streams[stream].kind === "count";
  }

  #copy(pointers: Pointers, used?: ReadonlySet<number>): Code[] {
    return pointers.map((p, i) =>
      used === undefined || used.has(i) ? this.#f.let(this.#isCount(i) ? I64 : I32, p) : p
    );
  }

  /** Moves a stream by `times` (an i32) strides along a dimension. */
  #advance(pointers: Pointers, stream: number, dim: number, times?: Code): void {
    const p = pointers[stream], stride = this.#strides[stream][dim];
    if (this.#isCount(stream)) {
      const by = times === undefined
        ? stride
        : op("i64.mul", stride, op("i64.extend_i32_u", times));
      this.#f.set(p, op("i64.add", p, by));
    } else {
      this.#f.bump(p, times === undefined ? stride : op("i32.mul", stride, times));
    }
  }

  #advanceAll(pointers: Pointers, used: ReadonlySet<number>, dim: number, times?: Code): void {
    for (const stream of used) this.#advance(pointers, stream, dim, times);
  }

  #all(): Set<number> {
    return new Set(this.#bases.keys());
  }

  #main(): void {
    const f = this.#f;
    const from = f.param(1), to = f.param(2);
    const pointers = this.#copy(this.#bases);
    const all = this.#all();
    this.#advanceAll(pointers, all, 0, from);
    const extent = f.let(I32, op("i32.sub", to, from));
    const { schedule, outer } = this.layout;
    const loops = schedule === "lanes" ? outer.length - 1 : outer.length;
    const nest = (d: number, at: Pointers): void => {
      if (d === loops) {
        if (schedule === "rows") {
          this.#row(
            at,
            d === 0 && this.layout.pointwise ? extent : this.#inner[this.#inner.length - 1],
          );
        } else {
          this.#laneRows(at, d === 0 ? extent : this.#outer[d]);
        }
        return;
      }
      const left = f.let(I32, d === 0 ? extent : this.#outer[d]);
      const here = this.#copy(at);
      f.while(() => left, () => {
        nest(d + 1, here);
        this.#advanceAll(here, all, d);
        f.bump(left, i32(-1));
      });
    };
    nest(0, pointers);
  }

  // ---- rows: lanes run along the last inner dimension

  /** One row: its values, its passes and what is written once. */
  #row(at: Pointers, length: Code): void {
    const g = this.#g;
    this.#rows = [new Map()];
    const { passes, level } = this.#schedule;
    const top = Math.max(passes.length, ...level);
    for (let p = 0; p <= top; p++) {
      g.uniform = true;
      this.#rowValues([this.#rowCell(0, at, null)], p);
      g.uniform = false;
      const pass = passes[p] ?? null;
      if (pass !== null) this.#rowPass(pass, at, length);
    }
    g.uniform = true;
    const cell = this.#rowCell(0, at, null);
    this.layout.rowOutputs.forEach((once, o) => {
      if (!once) return;
      const { step } = this.plan.outputs[o];
      const stream = this.layout.firstOutput + o;
      storeScattered(g, this.#steps[step].dtype, [at[stream]], this.#value(step, cell), 1);
    });
    g.uniform = false;
  }

  #rowCell(u: number, at: Pointers, filled: Code | null): Cell {
    return { u, values: this.#rows[u], blocks: new Map(), at, pass: null, filled };
  }

  /** Computes the row steps of a level for each vector of rows. */
  #rowValues(cells: Cell[], level: number): void {
    const { row, level: levels } = this.#schedule;
    for (const cell of cells) {
      this.#steps.forEach((step, i) => {
        if (row[i] && levels[i] === level && step.kind !== "reduce") this.#value(i, cell);
      });
    }
  }

  /** The streams that a pass walks. */
  #used(pass: Pass): Set<number> {
    const { streamOf, firstOutput, position } = this.layout;
    const used = new Set<number>();
    for (const step of pass.needed) {
      if (streamOf[step] !== undefined) used.add(streamOf[step]);
    }
    for (const o of pass.outputs) used.add(firstOutput + o);
    for (const r of pass.reductions) {
      const step = this.#steps[r];
      if (step.kind === "reduce" && step.op.startsWith("arg")) used.add(position);
    }
    return used;
  }

  #startKept(): void {
    this.#keptAt = this.#kept === null ? null : this.#f.let(I32, this.#kept);
  }

  #reducers(pass: Pass): Map<number, Reducer> {
    return new Map(pass.reductions.map((r) => {
      const step = this.#steps[r];
      if (step.kind !== "reduce") throw new TypeError("not a reduction");
      return [r, new Reducer(this.#g, step.op, this.#steps[step.a].dtype, step.dtype)];
    }));
  }

  #rowPass(pass: Pass, at: Pointers, length: Code): void {
    const f = this.#f;
    const reducers = this.#reducers(pass);
    const unroll = this.#rowUnroll(pass);
    const accs = new Map<number, Accumulator[]>();
    for (const [r, reducer] of reducers) {
      const list = Array.from({ length: unroll }, () => reducer.make());
      list.forEach((acc) => reducer.reset(acc));
      accs.set(r, list);
    }
    const used = this.#used(pass);
    this.#startKept();
    const first = this.layout.outer.length, last = this.#inner.length - 1;
    const nest = (d: number, pointers: Pointers): void => {
      const here = this.#copy(pointers, used);
      if (d === last) {
        this.#run(pass, used, here, length, unroll, reducers, accs);
        return;
      }
      const left = f.let(I32, this.#inner[d]);
      f.while(() => left, () => {
        nest(d + 1, here);
        this.#advanceAll(here, used, first + d);
        f.bump(left, i32(-1));
      });
    };
    nest(0, at);
    for (const [r, reducer] of reducers) this.#rows[0].set(r, reducer.rowResult(accs.get(r)!));
  }

  /** Sums want several accumulators: one would wait for itself. */
  #rowUnroll(pass: Pass): number {
    if (pass.reductions.length === 0) return pass.heavy ? 2 : 1;
    const arg = pass.reductions.some((r) => {
      const step = this.#steps[r];
      return step.kind === "reduce" && step.op.startsWith("arg");
    });
    if (arg) return 1;
    const wide = pass.reductions.some((r) => isWide(classOf(this.#steps[r].dtype)));
    return pass.heavy || wide ? 2 : pass.needed.size > 16 ? 2 : 4;
  }

  /** The innermost loop: whole vectors, several at a time, then one, then part of one. */
  #run(
    pass: Pass,
    used: ReadonlySet<number>,
    at: Pointers,
    length: Code,
    unroll: number,
    reducers: Map<number, Reducer>,
    accs: Map<number, Accumulator[]>,
  ): void {
    const f = this.#f;
    const vectors = (n: Code): void => {
      for (const width of unroll > 1 ? [unroll, 1] : [1]) {
        f.if(op("i32.ge_u", n, i32(4 * width)), () =>
          f.loop((again) => {
            this.#body(pass, used, at, width, null, reducers, accs);
            f.bump(n, i32(-4 * width));
            f.br(again, op("i32.ge_u", n, i32(4 * width)));
          }));
      }
      f.if(n, () => this.#body(pass, used, at, 1, n, reducers, accs));
    };
    if (![...reducers.values()].some((reducer) => reducer.chunked)) {
      vectors(f.let(I32, length));
      return;
    }
    const left = f.let(I32, length);
    f.while(() => left, () => {
      const whole = op("i32.lt_u", left, i32(CHUNK_ROWS));
      const n = f.let(I32, select(left, i32(CHUNK_ROWS), whole));
      f.set(left, op("i32.sub", left, n));
      vectors(n);
      for (const [r, reducer] of reducers) accs.get(r)!.forEach((acc) => reducer.flush(acc));
    });
  }

  /** `width` vectors of one row, or of rows side by side. */
  #body(
    pass: Pass,
    used: ReadonlySet<number>,
    at: Pointers,
    width: number,
    filled: Code | null,
    reducers: Map<number, Reducer>,
    accs: Map<number, Accumulator[]>,
  ): void {
    const g = this.#g;
    g.tail = filled === null ? null : g.vec(
      op("i32x4.gt_s", op("i32x4.splat", filled), g.i32(0, 1, 2, 3)),
    );
    const cells = Array.from(
      { length: width },
      (_, u): Cell => ({ u, values: new Map(), blocks: new Map(), at, pass, filled }),
    );
    for (const step of pass.needed) this.#valueOfAll(step, cells);
    for (const cell of cells) {
      for (const step of pass.keeps) this.#keep(step, cell);
      for (const [r, reducer] of reducers) {
        const step = this.#steps[r];
        if (step.kind !== "reduce") continue;
        const position = step.op.startsWith("arg") ? this.#position(cell) : null;
        reducer.add(accs.get(r)![cell.u], this.#value(step.a, cell), position);
      }
    }
    for (const cell of cells) {
      for (const o of pass.outputs) {
        const { step } = this.plan.outputs[o];
        this.#store(
          this.layout.firstOutput + o,
          this.#steps[step].dtype,
          cell,
          this.#value(step, cell),
        );
      }
    }
    g.tail = null;
    if (this.#keptAt !== null) this.#f.bump(this.#keptAt, i32(width * this.#record));
    if (this.layout.schedule === "rows") this.#stepLanes(used, at, width, filled);
  }

  /** Moves the streams of a row past the vectors just done. */
  #stepLanes(used: ReadonlySet<number>, at: Pointers, width: number, filled: Code | null): void {
    if (filled !== null) return; // the row's end
    const dim = this.layout.outer.length + this.#inner.length - 1;
    for (const stream of used) {
      const { lane, kind, dtype } = this.layout.streams[stream];
      if (lane === 0) continue;
      if (lane === 2) this.#advance(at, stream, dim, i32(4 * width));
      else if (kind === "count") {
        this.#f.set(at[stream], op("i64.add", at[stream], [0x42, 4 * width]));
      } else this.#f.bump(at[stream], i32(4 * width * DTYPES[dtype].itemSize));
    }
  }

  // ---- lanes: each lane is a row of its own

  /** Rows side by side: several vectors of them at a time, then one, then part of one. */
  #laneRows(at: Pointers, count: Code): void {
    const f = this.#f;
    const here = this.#copy(at);
    const left = f.let(I32, count);
    const all = this.#all(), dim = this.layout.outer.length - 1;
    for (const width of this.#unroll > 1 ? [this.#unroll, 1] : [1]) {
      f.while(() => op("i32.ge_u", left, i32(4 * width)), () => {
        this.#laneBlock(here, width, null);
        this.#advanceAll(here, all, dim, i32(4 * width));
        f.bump(left, i32(-4 * width));
      });
    }
    f.if(left, () => this.#laneBlock(here, 1, left));
  }

  #laneBlock(at: Pointers, width: number, filled: Code | null): void {
    const g = this.#g, f = this.#f;
    this.#rows = Array.from({ length: width }, () => new Map());
    const { passes, level } = this.#schedule;
    const top = Math.max(passes.length, ...level);
    const mask = filled === null ? null : g.vec(
      op("i32x4.gt_s", op("i32x4.splat", filled), g.i32(0, 1, 2, 3)),
    );
    const cells = this.#rows.map((_, u) => this.#rowCell(u, at, filled));
    for (let p = 0; p <= top; p++) {
      g.tail = mask;
      this.#rowValues(cells, p);
      g.tail = null;
      const pass = passes[p] ?? null;
      if (pass === null) continue;
      const reducers = this.#reducers(pass);
      const accs = new Map<number, Accumulator[]>();
      for (const [r, reducer] of reducers) {
        const list = Array.from({ length: width }, () => reducer.make());
        list.forEach((acc) => reducer.reset(acc));
        accs.set(r, list);
      }
      const used = this.#used(pass);
      this.#startKept();
      const first = this.layout.outer.length, last = this.#inner.length - 1;
      const chunked = [...reducers.values()].some((reducer) => reducer.chunked);
      const nest = (d: number, pointers: Pointers): void => {
        const here = this.#copy(pointers, used);
        const left = f.let(I32, this.#inner[d]);
        const turn = (n: Code) =>
          f.while(() => n, () => {
            if (d === last) this.#body(pass, used, here, width, filled, reducers, accs);
            else nest(d + 1, here);
            this.#advanceAll(here, used, first + d);
            f.bump(n, i32(-1));
          });
        if (d < last || !chunked) {
          turn(left);
          return;
        }
        f.while(() => left, () => {
          const whole = op("i32.lt_u", left, i32(CHUNK_LANES));
          const n = f.let(I32, select(left, i32(CHUNK_LANES), whole));
          f.set(left, op("i32.sub", left, n));
          turn(n);
          for (const [r, reducer] of reducers) accs.get(r)!.forEach((acc) => reducer.flush(acc));
        });
      };
      nest(0, at);
      for (const [r, reducer] of reducers) {
        accs.get(r)!.forEach((acc, u) => this.#rows[u].set(r, reducer.lanesResult(acc)));
      }
    }
    g.tail = mask;
    for (const cell of cells) {
      this.layout.rowOutputs.forEach((once, o) => {
        if (!once) return;
        const { step } = this.plan.outputs[o];
        this.#store(
          this.layout.firstOutput + o,
          this.#steps[step].dtype,
          cell,
          this.#value(step, cell),
        );
      });
    }
    g.tail = null;
  }

  // ---- values

  #value(at: number, cell: Cell): Val {
    const constant = this.#constants.get(at);
    if (constant !== undefined) return constant;
    if (cell.pass !== null && this.#schedule.row[at]) return this.#rows[this.#rowOf(cell)].get(at)!;
    const known = cell.values.get(at);
    if (known !== undefined) return known;
    const value = this.#compute(at, cell);
    cell.values.set(at, value);
    return value;
  }

  /** One step for all cells together: long functions share their tests for rare arguments. */
  #valueOfAll(at: number, cells: readonly Cell[]): void {
    const step = this.#steps[at];
    if (step.kind !== "unary") {
      for (const cell of cells) this.#value(at, cell);
      return;
    }
    const operands = cells.map((cell) => this.#value(step.a, cell));
    emitUnaryAll(this.#g, step.op, this.#steps[step.a].dtype, operands)
      .forEach((value, i) => cells[i].values.set(at, value));
  }

  #rowOf(cell: Cell): number {
    return this.layout.schedule === "lanes" ? cell.u : 0;
  }

  #compute(at: number, cell: Cell): Val {
    const g = this.#g, step = this.#steps[at];
    const slot = this.#schedule.slot[at];
    if (slot >= 0 && cell.pass !== null && !cell.pass.needed.has(at)) return this.#kept4(at, cell);
    const operand = (i: number) => this.#value(i, cell);
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
        return emitCast(g, this.#steps[step.a].dtype, step.dtype, operand(step.a));
      case "unary":
        return emitUnaryAll(g, step.op, this.#steps[step.a].dtype, [operand(step.a)])[0];
      case "binary":
        return emitBinary(g, step.op, this.#steps[step.a].dtype, operand(step.a), operand(step.b));
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
    const { dtype } = this.#steps[at];
    const held = this.layout.streams[stream].dtype;
    if (held === dtype) return value;
    return dtype === "bool" ? emitCast(this.#g, held, dtype, value) : fit(this.#g, dtype, value);
  }

  /** A stream's stride from lane to lane. */
  #laneStride(stream: number): Code {
    const { schedule, outer, inner } = this.layout;
    const dim = schedule === "lanes" ? outer.length - 1 : outer.length + inner.length - 1;
    return this.#strides[stream][dim];
  }

  /** The addresses of four lanes; lanes past the end repeat the last. */
  #addresses(stream: number, cell: Cell): Code[] {
    const f = this.#f;
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
    const g = this.#g;
    const { lane, dtype } = this.layout.streams[stream];
    if (lane === 0 || (cell.pass === null && this.layout.schedule === "rows")) {
      return loadSplat(g, dtype, cell.at[stream]);
    }
    if (lane === 1) {
      return loadRun(g, dtype, cell.at[stream], cell.u * 4 * DTYPES[dtype].itemSize);
    }
    return loadScattered(g, dtype, this.#addresses(stream, cell));
  }

  #store(stream: number, dtype: Stream["dtype"], cell: Cell, value: Val): void {
    const g = this.#g;
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
    const g = this.#g;
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
  #position(cell: Cell): Code {
    const g = this.#g;
    const { position, schedule } = this.layout;
    const first = g.vec(op("i32x4.splat", op("i32.wrap_i64", cell.at[position])));
    if (schedule === "lanes") return first;
    return g.vec(op("i32x4.add", first, g.i32(0, 1, 2, 3)));
  }

  #keep(at: number, cell: Cell): void {
    const offset = cell.u * this.#record + this.#schedule.slot[at] * 16;
    this.#value(at, cell).forEach((x, i) =>
      this.#f.emit(store("v128.store", this.#keptAt!, x, offset + 16 * i))
    );
  }

  #kept4(at: number, cell: Cell): Val {
    const offset = cell.u * this.#record + this.#schedule.slot[at] * 16;
    const wide = isWide(classOf(this.#steps[at].dtype));
    return (wide ? [0, 16] : [0]).map((more) =>
      this.#g.vec(load("v128.load", this.#keptAt!, offset + more))
    );
  }
}
