/**
 * From a laid out plan to a WebAssembly module: loops over rows, passes over a row's elements, and
 * in their bodies the code of each step.
 *
 * @module
 */
import { type Code, I32, i32, type ModuleBuilder, op, select } from "./assembler.ts";
import { DTYPES } from "../dtype.ts";
import type { Plan } from "../plan.ts";
import { storeScattered } from "./element_io.ts";
import { type Accumulator, Reducer } from "./emit_reduce.ts";
import { classOf, isWide } from "./emitter.ts";
import type { Features } from "./features.ts";
import { type Cell, KernelValues, type Pointers } from "./kernel_values.ts";
import type { Layout } from "./layout.ts";
import type { Pass } from "./passes.ts";

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

/** Generates the kernel of a plan; everything that differs between plans of one key is loaded. */
export function generate(plan: Plan, layout: Layout, features: Features): Generated {
  const builder = new Kernel(plan, layout, features);
  return builder.build();
}

class Kernel extends KernelValues {
  build(): Generated {
    this.#main();
    this.module.add(this.f, "run");
    return { module: this.module, slots: this.work.slots, unroll: this.unroll };
  }

  #main(): void {
    const f = this.f;
    const from = f.param(1), to = f.param(2);
    const pointers = this.copy(this.bases);
    const all = this.all();
    this.advanceAll(pointers, all, 0, from);
    const extent = f.let(I32, op("i32.sub", to, from));
    const { schedule, outer } = this.layout;
    const loops = schedule === "lanes" ? outer.length - 1 : outer.length;
    const nest = (d: number, at: Pointers): void => {
      if (d === loops) {
        if (schedule === "rows") {
          this.#row(
            at,
            d === 0 && this.layout.pointwise ? extent : this.inner[this.inner.length - 1],
          );
        } else {
          this.#laneRows(at, d === 0 ? extent : this.outer[d]);
        }
        return;
      }
      const left = f.let(I32, d === 0 ? extent : this.outer[d]);
      const here = this.copy(at);
      f.while(() => left, () => {
        nest(d + 1, here);
        this.advanceAll(here, all, d);
        f.bump(left, i32(-1));
      });
    };
    nest(0, pointers);
  }

  // ---- rows: lanes run along the last inner dimension

  /** One row: its values, its passes and what is written once. */
  #row(at: Pointers, length: Code): void {
    const g = this.g;
    this.rows = [new Map()];
    const { passes, level } = this.work;
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
      storeScattered(g, this.steps[step].dtype, [at[stream]], this.value(step, cell), 1);
    });
    g.uniform = false;
  }

  #rowCell(u: number, at: Pointers, filled: Code | null): Cell {
    return { u, values: this.rows[u], blocks: new Map(), at, pass: null, filled };
  }

  /** Computes the row steps of a level for each vector of rows. */
  #rowValues(cells: Cell[], level: number): void {
    const { row, level: levels } = this.work;
    for (const cell of cells) {
      this.steps.forEach((step, i) => {
        if (row[i] && levels[i] === level && step.kind !== "reduce") this.value(i, cell);
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
      const step = this.steps[r];
      if (step.kind === "reduce" && step.op.startsWith("arg")) used.add(position);
    }
    return used;
  }

  #startKept(): void {
    this.keptAt = this.kept === null ? null : this.f.let(I32, this.kept);
  }

  #reducers(pass: Pass): Map<number, Reducer> {
    return new Map(pass.reductions.map((r) => {
      const step = this.steps[r];
      if (step.kind !== "reduce") throw new TypeError("not a reduction");
      return [r, new Reducer(this.g, step.op, this.steps[step.a].dtype, step.dtype)];
    }));
  }

  #rowPass(pass: Pass, at: Pointers, length: Code): void {
    const f = this.f;
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
    const first = this.layout.outer.length, last = this.inner.length - 1;
    const nest = (d: number, pointers: Pointers): void => {
      const here = this.copy(pointers, used);
      if (d === last) {
        this.#run(pass, used, here, length, unroll, reducers, accs);
        return;
      }
      const left = f.let(I32, this.inner[d]);
      f.while(() => left, () => {
        nest(d + 1, here);
        this.advanceAll(here, used, first + d);
        f.bump(left, i32(-1));
      });
    };
    nest(0, at);
    for (const [r, reducer] of reducers) this.rows[0].set(r, reducer.rowResult(accs.get(r)!));
  }

  /**
   * Sums want several accumulators: one would wait for itself. Elsewhere several vectors share the
   * loop's own work; where functions are long, two leave registers enough.
   */
  #rowUnroll(pass: Pass): number {
    if (pass.reductions.length === 0) return pass.heavy ? 2 : 4;
    const arg = pass.reductions.some((r) => {
      const step = this.steps[r];
      return step.kind === "reduce" && step.op.startsWith("arg");
    });
    if (arg) return 1;
    const wide = pass.reductions.some((r) => isWide(classOf(this.steps[r].dtype)));
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
    const f = this.f;
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
    const g = this.g;
    g.tail = filled === null ? null : g.vec(
      op("i32x4.gt_s", op("i32x4.splat", filled), g.i32(0, 1, 2, 3)),
    );
    const cells = Array.from(
      { length: width },
      (_, u): Cell => ({ u, values: new Map(), blocks: new Map(), at, pass, filled }),
    );
    for (const step of pass.needed) this.valueOfAll(step, cells);
    for (const cell of cells) {
      for (const step of pass.keeps) this.keep(step, cell);
      for (const [r, reducer] of reducers) {
        const step = this.steps[r];
        if (step.kind !== "reduce") continue;
        const position = step.op.startsWith("arg") ? this.position(cell) : null;
        reducer.add(accs.get(r)![cell.u], this.value(step.a, cell), position);
      }
    }
    for (const cell of cells) {
      for (const o of pass.outputs) {
        const { step } = this.plan.outputs[o];
        this.store(
          this.layout.firstOutput + o,
          this.steps[step].dtype,
          cell,
          this.value(step, cell),
        );
      }
    }
    g.tail = null;
    if (this.keptAt !== null) this.f.bump(this.keptAt, i32(width * this.record));
    if (this.layout.schedule === "rows") this.#stepLanes(used, at, width, filled);
  }

  /** Moves the streams of a row past the vectors just done. */
  #stepLanes(used: ReadonlySet<number>, at: Pointers, width: number, filled: Code | null): void {
    if (filled !== null) return; // the row's end
    const dim = this.layout.outer.length + this.inner.length - 1;
    for (const stream of used) {
      const { lane, kind, dtype } = this.layout.streams[stream];
      if (lane === 0) continue;
      if (lane === 2) this.advance(at, stream, dim, i32(4 * width));
      else if (kind === "count") {
        this.f.set(at[stream], op("i64.add", at[stream], [0x42, 4 * width]));
      } else this.f.bump(at[stream], i32(4 * width * DTYPES[dtype].itemSize));
    }
  }

  // ---- lanes: each lane is a row of its own

  /** Rows side by side: several vectors of them at a time, then one, then part of one. */
  #laneRows(at: Pointers, count: Code): void {
    const f = this.f;
    const here = this.copy(at);
    const left = f.let(I32, count);
    const all = this.all(), dim = this.layout.outer.length - 1;
    for (const width of this.unroll > 1 ? [this.unroll, 1] : [1]) {
      f.while(() => op("i32.ge_u", left, i32(4 * width)), () => {
        this.#laneBlock(here, width, null);
        this.advanceAll(here, all, dim, i32(4 * width));
        f.bump(left, i32(-4 * width));
      });
    }
    f.if(left, () => this.#laneBlock(here, 1, left));
  }

  #laneBlock(at: Pointers, width: number, filled: Code | null): void {
    const g = this.g, f = this.f;
    this.rows = Array.from({ length: width }, () => new Map());
    const { passes, level } = this.work;
    const top = Math.max(passes.length, ...level);
    const mask = filled === null ? null : g.vec(
      op("i32x4.gt_s", op("i32x4.splat", filled), g.i32(0, 1, 2, 3)),
    );
    const cells = this.rows.map((_, u) => this.#rowCell(u, at, filled));
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
      const first = this.layout.outer.length, last = this.inner.length - 1;
      const chunked = [...reducers.values()].some((reducer) => reducer.chunked);
      const nest = (d: number, pointers: Pointers): void => {
        const here = this.copy(pointers, used);
        const left = f.let(I32, this.inner[d]);
        const turn = (n: Code) =>
          f.while(() => n, () => {
            if (d === last) this.#body(pass, used, here, width, filled, reducers, accs);
            else nest(d + 1, here);
            this.advanceAll(here, used, first + d);
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
        accs.get(r)!.forEach((acc, u) => this.rows[u].set(r, reducer.lanesResult(acc)));
      }
    }
    g.tail = mask;
    for (const cell of cells) {
      this.layout.rowOutputs.forEach((once, o) => {
        if (!once) return;
        const { step } = this.plan.outputs[o];
        this.store(
          this.layout.firstOutput + o,
          this.steps[step].dtype,
          cell,
          this.value(step, cell),
        );
      });
    }
    g.tail = null;
  }
}
