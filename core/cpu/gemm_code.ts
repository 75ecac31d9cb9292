/**
 * Generates the matrix product's kernels: tiles of 6 rows by 32 bytes of columns, the packing of
 * B into panels of that width, and streaming kernels for few rows. Strides and sizes are arguments.
 *
 * Sources: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), for
 * the loops; 12 accumulators, 2 vectors of B and 1 of A are what V8's 16 registers hold.
 *
 * @module
 */
import {
  call,
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
  storeLane,
} from "./assembler.ts";
import type { Features } from "./features.ts";

/** The element types that have tiles of their own. */
export type TileType = "float32" | "float64";

/** Rows of a tile. */
export const TILE_ROWS = 6;
/** Bytes of a tile's row: 8 floats or 4 doubles. */
const PANEL = 32;

/** What a generated module exports; addresses and strides are in bytes. */
export interface GemmExports {
  /** C = A B, or C += A B, for `mc` rows and the packed panels of `nc` columns. */
  macroRows: Macro;
  /** The same where A's columns are contiguous. */
  macroColumns: Macro;
  /** Packs rows that are contiguous. */
  packRows: (b: number, rs: number, to: number, kc: number, nc: number) => void;
  /** Turns `k` runs of `m` elements into `m` rows of `k`. */
  turn: (a: number, stride: number, to: number, ldt: number, m: number, k: number) => void;
  /** Copies `kc` runs of bytes to lie one after the other. */
  packRuns: (a: number, stride: number, to: number, kc: number, nbytes: number) => void;
  /** Packs columns that are contiguous, or anything. */
  packColumns: (b: number, rs: number, cs: number, to: number, kc: number, nc: number) => void;
  /** C += A[:, k..k+4] B for one or two rows, where B's rows are contiguous. */
  streamRows: (
    a: number,
    ars: number,
    acs: number,
    b: number,
    brs: number,
    c: number,
    ldc: number,
    rows: number,
    n: number,
  ) => void;
  /** C = A B for one or two rows, where A's rows and B's columns are contiguous. */
  dots: (
    a: number,
    ars: number,
    b: number,
    bcs: number,
    c: number,
    ldc: number,
    rows: number,
    n: number,
    k: number,
  ) => void;
}

/** A macro-kernel. */
export type Macro = (
  a: number,
  ars: number,
  acs: number,
  b: number,
  c: number,
  ldc: number,
  mc: number,
  nc: number,
  kc: number,
  accumulate: number,
) => void;

/** The element type's instructions. */
class Element {
  readonly size: number;
  readonly lanes: number;
  readonly splat: string;
  readonly #shape: string;
  constructor(readonly type: TileType, readonly features: Features) {
    const single = type === "float32";
    this.size = single ? 4 : 8;
    this.lanes = single ? 4 : 2;
    this.splat = single ? "v128.load32_splat" : "v128.load64_splat";
    this.#shape = single ? "f32x4" : "f64x2";
  }
  madd(a: Code, b: Code, c: Code): Code {
    return this.features.relaxed
      ? op(`${this.#shape}.relaxed_madd`, a, b, c)
      : this.add(op(`${this.#shape}.mul`, a, b), c);
  }
  add(a: Code, b: Code): Code {
    return op(`${this.#shape}.add`, a, b);
  }
}

/** Generates all kernels of one element type; engines compile each when it is first called. */
export function gemmModule(type: TileType, features: Features): ModuleBuilder {
  const module = new ModuleBuilder();
  const e = new Element(type, features);
  for (const along of ["rows", "columns"] as const) {
    const tiles = Array.from({ length: TILE_ROWS }, (_, i) => module.add(tile(e, i + 1, along)));
    module.add(macro(e, tiles), along === "rows" ? "macroRows" : "macroColumns");
  }
  module.add(packRows(), "packRows");
  module.add(packColumns(e), "packColumns");
  module.add(packRuns(), "packRuns");
  module.add(turn(e), "turn");
  const streams = [1, 2].map((rows) => module.add(stream(e, rows)));
  module.add(byRows(9, 7, streams), "streamRows");
  const dots = [1, 2].map((rows) => module.add(dot(e, rows)));
  module.add(byRows(9, 6, dots), "dots");
  return module;
}

/** Calls the variant for one row or for two. */
function byRows(params: number, at: number, variants: Func[]): Func {
  const f = new Func(new Array(params).fill(I32));
  const all = Array.from({ length: params }, (_, i) => f.param(i));
  f.if(
    op("i32.eq", f.param(at), i32(2)),
    () => f.emit(call(variants[1], ...all)),
    () => f.emit(call(variants[0], ...all)),
  );
  return f;
}

const zero = new Uint8Array(16);

/** One tile: `rows` rows of A by a panel. Parameters: a ars acs b c ldc kc nr accumulate. */
function tile(e: Element, rows: number, along: "rows" | "columns"): Func {
  const f = new Func(new Array(9).fill(I32));
  const [a, ars, acs, b, c, ldc, kc, nr, accumulate] = Array.from(
    { length: 9 },
    (_, i) => f.param(i),
  );
  const each = Array.from({ length: rows }, (_, i) => i);
  // Along rows: a pointer a row. Along columns: rows are neighbours.
  const pointers = [a];
  if (along === "rows") {
    for (let i = 1; i < rows; i++) pointers.push(f.let(I32, op("i32.add", pointers[i - 1], ars)));
  }
  const targets = [c];
  for (let i = 1; i < rows; i++) targets.push(f.let(I32, op("i32.add", targets[i - 1], ldc)));
  const none = f.constant(zero);
  const acc = each.map(() => [0, 1].map(() => f.vec(none)));
  f.if(
    accumulate,
    () =>
      each.forEach((i) =>
        [0, 1].forEach((j) => f.set(acc[i][j], load("v128.load", targets[i], 16 * j)))
      ),
  );

  const left = f.let(I32, kc);
  const step = (depth: number): void => {
    for (let k = 0; k < depth; k++) {
      const columns = [0, 16].map((at) => f.vec(load("v128.load", b, PANEL * k + at)));
      for (const i of each) {
        const x = f.vec(
          along === "rows" ? load(e.splat, pointers[i], e.size * k) : load(e.splat, a, e.size * i),
        );
        columns.forEach((y, j) => f.set(acc[i][j], e.madd(x, y, acc[i][j])));
      }
      if (along === "columns") f.bump(a, acs);
    }
    if (along === "rows") { for (const p of pointers) f.bump(p, i32(e.size * depth)); }
    f.bump(b, i32(PANEL * depth));
    f.bump(left, i32(-depth));
  };
  for (const depth of [4, 1]) {
    f.if(op("i32.ge_u", left, i32(depth)), () =>
      f.loop((again) => {
        step(depth);
        f.br(again, op("i32.ge_u", left, i32(depth)));
      }));
  }

  const full = PANEL / e.size;
  f.if(op("i32.ge_u", nr, i32(full)), () => {
    each.forEach((i) =>
      acc[i].forEach((x, j) => f.emit(store("v128.store", targets[i], x, 16 * j)))
    );
  }, () => {
    for (let column = 0; column < full - 1; column++) {
      f.if(op("i32.gt_u", nr, i32(column)), () => {
        each.forEach((i) => {
          const x = acc[i][Math.floor(column / e.lanes)];
          const name = `v128.store${e.size * 8}_lane`;
          f.emit(storeLane(name, column % e.lanes, targets[i], x, e.size * column));
        });
      });
    }
  });
  return f;
}

/** The loops over the tiles of a block. Parameters as in `Macro`. */
function macro(e: Element, tiles: Func[]): Func {
  const f = new Func(new Array(10).fill(I32));
  const [a, ars, acs, b, c, ldc, mc, nc, kc, accumulate] = Array.from(
    { length: 10 },
    (_, i) => f.param(i),
  );
  const width = PANEL / e.size;
  const down = f.let(I32, op("i32.mul", ars, i32(TILE_ROWS)));
  const below = f.let(I32, op("i32.mul", ldc, i32(TILE_ROWS)));
  const panel = f.let(I32, op("i32.mul", kc, i32(PANEL)));
  f.while(() => op("i32.gt_s", nc, i32(0)), () => {
    const row = f.let(I32, a), target = f.let(I32, c), left = f.let(I32, mc);
    const run = (t: Func): void =>
      f.emit(call(t, row, ars, acs, b, target, ldc, kc, nc, accumulate));
    f.while(() => op("i32.ge_u", left, i32(TILE_ROWS)), () => {
      run(tiles[TILE_ROWS - 1]);
      f.bump(row, down);
      f.bump(target, below);
      f.bump(left, i32(-TILE_ROWS));
    });
    for (let rows = 1; rows < TILE_ROWS; rows++) {
      f.if(op("i32.eq", left, i32(rows)), () => run(tiles[rows - 1]));
    }
    f.bump(b, panel);
    f.bump(c, i32(PANEL));
    f.bump(nc, i32(-width));
  });
  return f;
}

/** Parameters: b rs to kc nbytes, where a panel is 32 bytes. What pads the last one is never used. */
function packRows(): Func {
  const f = new Func(new Array(5).fill(I32));
  const [b, rs, to, kc, nbytes] = Array.from({ length: 5 }, (_, i) => f.param(i));
  f.while(() => op("i32.gt_s", nbytes, i32(0)), () => {
    const p = f.let(I32, b), left = f.let(I32, kc);
    f.while(() => left, () => {
      f.emit(store("v128.store", to, load("v128.load", p)));
      f.emit(store("v128.store", to, load("v128.load", p, 16), 16));
      f.bump(to, i32(PANEL));
      f.bump(p, rs);
      f.bump(left, i32(-1));
    });
    f.bump(b, i32(PANEL));
    f.bump(nbytes, i32(-PANEL));
  });
  return f;
}

/** Parameters: a stride to kc nbytes. */
function packRuns(): Func {
  const f = new Func(new Array(5).fill(I32));
  const [a, stride, to, kc, nbytes] = Array.from({ length: 5 }, (_, i) => f.param(i));
  f.while(() => kc, () => {
    f.emit(op("memory.copy", to, a, nbytes));
    f.bump(to, nbytes);
    f.bump(a, stride);
    f.bump(kc, i32(-1));
  });
  return f;
}

/**
 * Parameters: a stride to ldt m k. Blocks of 4 x 4 floats are turned in registers; other elements
 * one by one.
 */
function turn(e: Element): Func {
  const f = new Func(new Array(6).fill(I32));
  const [a, stride, to, ldt, m, k] = Array.from({ length: 6 }, (_, i) => f.param(i));
  const word = e.type === "float32" ? "i32" : "i64";
  const size = e.size;
  // `deep` runs at a time.
  const band = (deep: number): void => {
    const runs = [f.let(I32, a)], rows = f.let(I32, to), left = f.let(I32, m);
    for (let p = 1; p < deep; p++) runs.push(f.let(I32, op("i32.add", runs[p - 1], stride)));
    if (deep === 4) {
      f.while(() => op("i32.ge_u", left, i32(4)), () => {
        const v = runs.map((p) => f.vec(load("v128.load", p)));
        const low = [0, 2].map((j) => f.vec(shuffle32([0, 4, 1, 5], v[j], v[j + 1])));
        const high = [0, 2].map((j) => f.vec(shuffle32([2, 6, 3, 7], v[j], v[j + 1])));
        for (const [x, y] of [low, high]) {
          f.emit(store("v128.store", rows, shuffle32([0, 1, 4, 5], x, y)));
          f.bump(rows, ldt);
          f.emit(store("v128.store", rows, shuffle32([2, 3, 6, 7], x, y)));
          f.bump(rows, ldt);
        }
        for (const p of runs) f.bump(p, i32(16));
        f.bump(left, i32(-4));
      });
    }
    f.while(() => left, () => {
      runs.forEach((p, j) => {
        f.emit(store(`${word}.store`, rows, load(`${word}.load`, p), size * j));
        f.bump(p, i32(size));
      });
      f.bump(rows, ldt);
      f.bump(left, i32(-1));
    });
    f.set(a, op("i32.add", a, op("i32.mul", stride, i32(deep))));
    f.bump(to, i32(size * deep));
    f.bump(k, i32(-deep));
  };
  if (e.type === "float32") f.while(() => op("i32.ge_u", k, i32(4)), () => band(4));
  f.while(() => k, () => band(1));
  return f;
}

/** Parameters: b rs cs to kc nc. Four floats down four columns at a time where they lie together. */
function packColumns(e: Element): Func {
  const f = new Func(new Array(6).fill(I32));
  const [b, rs, cs, to, kc, nc] = Array.from({ length: 6 }, (_, i) => f.param(i));
  const width = PANEL / e.size;
  const fast = e.type === "float32";
  const word = fast ? "i32" : "i64";
  f.while(() => op("i32.gt_s", nc, i32(0)), () => {
    const columns = [f.let(I32, b)];
    for (let j = 1; j < width; j++) {
      // Past the last column: the last again.
      const next = op("i32.add", columns[j - 1], cs);
      columns.push(f.let(I32, select(next, columns[j - 1], op("i32.gt_s", nc, i32(j)))));
    }
    const left = f.let(I32, kc);
    const bump = (by: Code): void => columns.forEach((p) => f.bump(p, by));
    if (fast) {
      f.if(op("i32.eq", rs, i32(4)), () => {
        f.while(() => op("i32.ge_u", left, i32(4)), () => {
          for (const half of [0, 4]) {
            const v = [0, 1, 2, 3].map((j) => f.vec(load("v128.load", columns[half + j])));
            const low = [0, 2].map((j) => f.vec(shuffle32([0, 4, 1, 5], v[j], v[j + 1])));
            const high = [0, 2].map((j) => f.vec(shuffle32([2, 6, 3, 7], v[j], v[j + 1])));
            [low, high].forEach(([x, y], i) => {
              const at = 2 * PANEL * i + 4 * half;
              f.emit(store("v128.store", to, shuffle32([0, 1, 4, 5], x, y), at));
              f.emit(store("v128.store", to, shuffle32([2, 3, 6, 7], x, y), at + PANEL));
            });
          }
          f.bump(to, i32(4 * PANEL));
          bump(i32(16));
          f.bump(left, i32(-4));
        });
      });
    }
    f.while(() => left, () => {
      columns.forEach((p, j) =>
        f.emit(store(`${word}.store`, to, load(`${word}.load`, p), e.size * j))
      );
      f.bump(to, i32(PANEL));
      bump(rs);
      f.bump(left, i32(-1));
    });
    f.set(b, op("i32.add", b, op("i32.mul", cs, i32(width))));
    f.bump(nc, i32(-width));
  });
  return f;
}

/** Parameters: a ars acs b brs c ldc rows n. Four rows of B go by once for all rows of A. */
function stream(e: Element, rows: number): Func {
  const f = new Func(new Array(9).fill(I32));
  const [a, ars, acs, b, brs, c, ldc, _rows, n] = Array.from({ length: 9 }, (_, i) => f.param(i));
  const lines = [b];
  for (let k = 1; k < 4; k++) lines.push(f.let(I32, op("i32.add", lines[k - 1], brs)));
  const targets = rows === 2 ? [c, f.let(I32, op("i32.add", c, ldc))] : [c];
  const factors = targets.map((_, i) => {
    const row = i === 0 ? f.let(I32, a) : f.let(I32, op("i32.add", a, ars));
    return lines.map(() => {
      const x = f.vec(load(e.splat, row));
      f.bump(row, acs);
      return x;
    });
  });
  const sums = (at: number): Code[] => {
    const y = lines.map((p) => f.vec(load("v128.load", p, at)));
    return targets.map((t, i) =>
      y.reduce(
        (sum, v, k) => f.vec(e.madd(factors[i][k], v, sum)),
        f.vec(load("v128.load", t, at)),
      )
    );
  };
  const bump = (by: number): void => [...lines, ...targets].forEach((p) => f.bump(p, i32(by)));
  for (const width of [2, 1]) {
    f.while(() => op("i32.ge_u", n, i32(width * e.lanes)), () => {
      for (let w = 0; w < width; w++) {
        sums(16 * w).forEach((x, i) => f.emit(store("v128.store", targets[i], x, 16 * w)));
      }
      bump(16 * width);
      f.bump(n, i32(-width * e.lanes));
    });
  }
  f.if(n, () => {
    const last = sums(0);
    for (let l = 0; l < e.lanes - 1; l++) {
      f.if(
        op("i32.gt_u", n, i32(l)),
        () =>
          last.forEach((x, i) =>
            f.emit(storeLane(`v128.store${e.size * 8}_lane`, l, targets[i], x, e.size * l))
          ),
      );
    }
  });
  return f;
}

/** Parameters: a ars b bcs c ldc rows n k. Dot products with one group of columns at a time. */
function dot(e: Element, rows: number): Func {
  const f = new Func(new Array(9).fill(I32));
  const [a, ars, b, bcs, c, ldc, _rows, n, k] = Array.from({ length: 9 }, (_, i) => f.param(i));
  const group = e.lanes;
  const starts = rows === 2 ? [a, f.let(I32, op("i32.add", a, ars))] : [a];
  const targets = rows === 2 ? [c, f.let(I32, op("i32.add", c, ldc))] : [c];
  const none = f.constant(zero);
  f.while(() => op("i32.gt_s", n, i32(0)), () => {
    const columns = [f.let(I32, b)];
    for (let j = 1; j < group; j++) {
      const next = op("i32.add", columns[j - 1], bcs);
      columns.push(f.let(I32, select(next, columns[j - 1], op("i32.gt_s", n, i32(j)))));
    }
    const lines = starts.map((p) => f.let(I32, p));
    const acc = lines.map(() => columns.map(() => f.vec(none)));
    const left = f.let(I32, k);
    const turn = (tail: Code | null): void => {
      const cut = (x: Code): Code => f.vec(tail === null ? x : op("v128.and", x, tail));
      const x = lines.map((p) => cut(load("v128.load", p)));
      columns.forEach((p, j) => {
        const y = cut(load("v128.load", p));
        lines.forEach((_, i) => f.set(acc[i][j], e.madd(x[i], y, acc[i][j])));
      });
    };
    f.while(() => op("i32.ge_u", left, i32(e.lanes)), () => {
      turn(null);
      [...lines, ...columns].forEach((p) => f.bump(p, i32(16)));
      f.bump(left, i32(-e.lanes));
    });
    f.if(left, () => {
      const index = f.constant(
        new Uint8Array(
          (e.lanes === 4 ? Int32Array.of(0, 1, 2, 3) : BigInt64Array.of(0n, 1n)).buffer,
        ),
      );
      const mask = e.lanes === 4
        ? op("i32x4.gt_s", op("i32x4.splat", left), index)
        : op("i64x2.gt_s", op("i64x2.splat", op("i64.extend_i32_u", left)), index);
      turn(f.vec(mask));
    });
    targets.forEach((t, i) => {
      const sums = e.lanes === 4 ? across4(f, e, acc[i]) : across2(f, e, acc[i]);
      f.if(op("i32.ge_u", n, i32(group)), () => f.emit(store("v128.store", t, sums)), () => {
        for (let l = 0; l < group - 1; l++) {
          f.if(
            op("i32.gt_u", n, i32(l)),
            () => f.emit(storeLane(`v128.store${e.size * 8}_lane`, l, t, sums, e.size * l)),
          );
        }
      });
      f.bump(t, i32(16));
    });
    f.set(b, op("i32.add", b, op("i32.mul", bcs, i32(group))));
    f.bump(n, i32(-group));
  });
  return f;
}

/** The sums of the lanes of four vectors. */
function across4(f: Func, e: Element, [p, q, r, s]: Code[]): Code {
  const pair = (x: Code, y: Code) =>
    f.vec(e.add(shuffle32([0, 4, 1, 5], x, y), shuffle32([2, 6, 3, 7], x, y)));
  const pq = pair(p, q), rs = pair(r, s);
  return f.vec(e.add(shuffle32([0, 1, 4, 5], pq, rs), shuffle32([2, 3, 6, 7], pq, rs)));
}

/** The sums of the lanes of two vectors of doubles. */
function across2(f: Func, e: Element, [p, q]: Code[]): Code {
  return f.vec(e.add(shuffle32([0, 1, 4, 5], p, q), shuffle32([2, 3, 6, 7], p, q)));
}
