/**
 * Matrix products of float32 and float64: which kernel, and in which blocks.
 *
 * @module
 */
import type { Features } from "./features.ts";
import { type GemmExports, gemmModule, type Macro, type TileType } from "./gemm_code.ts";
import { compile } from "./kernels.ts";
import type { Memory } from "./memory.ts";

/** A matrix in memory: an address and strides in bytes. */
export interface Matrix {
  readonly address: number;
  readonly rs: number;
  readonly cs: number;
}

/** One product, C = A B, with the code for its type and the size of an element. */
interface Call {
  readonly code: GemmExports;
  readonly size: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
}

/** Blocks that fit the caches; measured, and flat around these values. */
const KC = 256, MC = 96, NC = 512;
/** Up to here rows of A are streamed past B, which is then read once and not packed. */
const FEW_ROWS = 8;
/** The largest B, in bytes, that is packed as a whole. */
const PACK_WHOLE = 1 << 26;

/** Computes products in one memory. */
export class Gemm {
  readonly #memory: Memory;
  readonly #features: Features;
  readonly #modules = new Map<TileType, GemmExports>();
  #packed = 0;
  #packedSize = 0;

  constructor(memory: Memory, features: Features) {
    this.#memory = memory;
    this.#features = features;
  }

  /**
   * C = A B. C's rows are contiguous; A's rows or its columns are.
   *
   * @param done Told which rows of C are complete, while they are in the cache.
   */
  run(
    type: TileType,
    [m, n, k]: readonly [number, number, number],
    a: Matrix,
    b: Matrix,
    c: Matrix,
    done: (from: number, to: number) => void,
  ): void {
    const size = type === "float32" ? 4 : 8;
    const call: Call = { code: this.#code(type), size, m, n, k, a, b, c };
    if (k === 0) this.#clear(call);
    else if (m <= FEW_ROWS && b.cs === size) this.#stream(call);
    else if (m <= FEW_ROWS && b.rs === size && a.cs === size) this.#dots(call);
    else if (m <= MC && m < n && b.rs === size && a.cs === size) this.#across(call);
    else if (k * n * size <= PACK_WHOLE) return this.#byRows(call, done);
    else this.#byColumns(call);
    done(0, m);
  }

  #code(type: TileType): GemmExports {
    let code = this.#modules.get(type);
    if (code === undefined) {
      code = compile<GemmExports>(gemmModule(type, this.#features), this.#memory);
      this.#modules.set(type, code);
    }
    return code;
  }

  #clear({ size, m, n, c }: Call): void {
    const { u8 } = this.#memory.views;
    for (let i = 0; i < m; i++) {
      const at = c.address + i * c.rs;
      u8.fill(0, at, at + n * size);
    }
  }

  #stream(call: Call): void {
    const { code, m, n, k, a, b, c } = call;
    this.#clear(call);
    const whole = k - k % 4;
    for (let p = 0; p < whole; p += 4) {
      for (let i = 0; i < m; i += 2) {
        code.streamRows(
          a.address + i * a.rs + p * a.cs,
          a.rs,
          a.cs,
          b.address + p * b.rs,
          b.rs,
          c.address + i * c.rs,
          c.rs,
          Math.min(m - i, 2),
          n,
        );
      }
    }
    if (whole < k) {
      const [left, right] = [at(a, 0, whole), at(b, whole, 0)];
      this.#tiles({ ...call, k: k - whole, a: left, b: right }, whole > 0 ? 1 : 0);
    }
  }

  #dots({ code, m, n, k, a, b, c }: Call): void {
    for (let i = 0; i < m; i += 2) {
      const rows = Math.min(m - i, 2);
      const from = a.address + i * a.rs, to = c.address + i * c.rs;
      code.dots(from, a.rs, b.address, b.cs, to, c.rs, rows, n, k);
    }
  }

  /** A few columns of A by a few rows of B, added to C. */
  #tiles({ code, size, m, n, k, a, b, c }: Call, accumulate: number): void {
    const panel = this.#room(k * padded(n, size) * size);
    this.#pack(code, size, b, panel, k, n);
    macroOf(code, size, a)(a.address, a.rs, a.cs, panel, c.address, c.rs, m, n, k, accumulate);
  }

  /**
   * C^T = B^T A^T: B's columns are read where they lie, and of the two only the smaller A is packed.
   */
  #across({ code, size, m, n, k, a, b, c }: Call): void {
    const width = padded(m, size);
    const panels = this.#room((k * width + MC * m) * size);
    const turned = panels + k * width * size;
    for (let p = 0; p < k; p += KC) {
      const to = panels + p * width * size;
      code.packColumns(a.address + p * size, size, a.rs, to, Math.min(KC, k - p), m);
    }
    for (let j = 0; j < n; j += MC) {
      const nc = Math.min(MC, n - j);
      for (let p = 0; p < k; p += KC) {
        const { address } = at(b, p, j);
        const from = panels + p * width * size, kc = Math.min(KC, k - p);
        code.macroRows(address, b.cs, size, from, turned, m * size, nc, m, kc, p > 0 ? 1 : 0);
      }
      code.turn(turned, m * size, c.address + j * size, c.rs, m, nc);
    }
  }

  /** Packs all of B; then each block of rows is done with before the next. */
  #byRows(call: Call, done: (from: number, to: number) => void): void {
    const { code, size, m, n, k, a, b, c } = call;
    const width = padded(n, size);
    // Tiles read A along rows: 15 % faster than down columns, wherever the columns lie.
    const turns = a.cs !== size;
    // Panels of B that are used for one block of rows only are packed into the same memory.
    const once = m <= MC;
    const panels = this.#room(
      ((once ? Math.min(k, KC) * Math.min(width, NC) : k * width) + (turns ? k * MC : 0)) * size,
    );
    const turned = panels + (once ? Math.min(k, KC) * Math.min(width, NC) : k * width) * size;
    if (!once) {
      for (let p = 0; p < k; p += KC) {
        this.#pack(code, size, at(b, p, 0), panels + p * width * size, Math.min(KC, k - p), n);
      }
    }
    for (let i = 0; i < m; i += MC) {
      const mc = Math.min(MC, m - i);
      let left = at(a, i, 0);
      if (turns) {
        code.turn(left.address, a.cs, turned, k * size, mc, k);
        left = { address: turned, rs: k * size, cs: size };
      }
      for (let j = 0; j < n; j += NC) {
        const nc = Math.min(NC, n - j);
        for (let p = 0; p < k; p += KC) {
          const kc = Math.min(KC, k - p);
          if (once) this.#pack(code, size, at(b, p, j), panels, kc, nc);
          const from = once ? panels : panels + (p * width + j * kc) * size;
          const to = c.address + i * c.rs + j * size;
          const { address } = at(left, 0, p);
          code.macroRows(address, left.rs, size, from, to, c.rs, mc, nc, kc, p > 0 ? 1 : 0);
        }
      }
      done(i, i + mc);
    }
  }

  /** For a B that is too large to be packed at once: a block of it for all rows. */
  #byColumns({ code, size, m, n, k, a, b, c }: Call): void {
    for (let j = 0; j < n; j += NC) {
      const nc = Math.min(NC, n - j);
      for (let p = 0; p < k; p += KC) {
        const kc = Math.min(KC, k - p);
        const block = { ...c, address: c.address + j * size };
        for (let i = 0; i < m; i += MC) {
          if (i === 0) this.#pack(code, size, at(b, p, j), this.#room(KC * NC * size), kc, nc);
          const mc = Math.min(MC, m - i);
          const { address } = at(a, i, p);
          macroOf(code, size, a)(
            address,
            a.rs,
            a.cs,
            this.#packed,
            block.address + i * c.rs,
            c.rs,
            mc,
            nc,
            kc,
            p > 0 ? 1 : 0,
          );
        }
      }
    }
  }

  #pack(code: GemmExports, size: number, b: Matrix, to: number, kc: number, nc: number): void {
    if (b.cs === size) code.packRows(b.address, b.rs, to, kc, nc * size);
    else code.packColumns(b.address, b.rs, b.cs, to, kc, nc);
  }

  /** Memory for packed panels, grown on demand and used again. */
  #room(nbytes: number): number {
    if (nbytes > this.#packedSize) {
      if (this.#packedSize > 0) this.#memory.give(this.#packed, this.#packedSize, true);
      this.#packedSize = 0;
      this.#packed = this.#memory.take(nbytes, true);
      this.#packedSize = nbytes;
    }
    return this.#packed;
  }
}

/** The part of a matrix from a row and a column on. */
function at(x: Matrix, row: number, column: number): Matrix {
  return { address: x.address + row * x.rs + column * x.cs, rs: x.rs, cs: x.cs };
}

/** Columns rounded up to whole panels. */
function padded(n: number, size: number): number {
  const width = 32 / size;
  return Math.ceil(n / width) * width;
}

function macroOf(code: GemmExports, size: number, a: Matrix): Macro {
  return a.cs === size ? code.macroRows : code.macroColumns;
}
