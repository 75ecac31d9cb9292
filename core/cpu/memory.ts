/**
 * The one WebAssembly memory that every block of the "cpu" device lies in, and its allocator:
 * bins of free blocks by size, merged with their free neighbours when they are given back.
 *
 * @module
 */
import { Block } from "../block.ts";
import type { Device } from "../device.ts";
import { OutOfMemoryError } from "../errors.ts";
import { counters, memoryUse } from "../stats.ts";

const PAGE = 65536;
/** Every address is a multiple of this, a cache line. */
const ALIGN = 64;
/** Bytes after each block that kernels may read, never write: whole vectors at the end. */
const SLACK = 64;
/** The first bytes are the kernels' argument block. */
const RESERVED = PAGE;
/** What a 32-bit address reaches. */
const MAXIMUM_PAGES = 65536;

/** A block of the memory. */
export class CpuBlock extends Block {
  /** Where it starts. */
  readonly address: number;

  /** Names the bytes. */
  constructor(device: Device, nbytes: number, address: number) {
    super(device, nbytes);
    this.address = address;
  }
}

/** A piece of the memory, free or taken, in a list of neighbours. */
interface Piece {
  address: number;
  size: number;
  free: boolean;
  before: Piece | null;
  after: Piece | null;
  bin: number;
  place: number;
}

/** Takes and gives back pieces of a growing range of addresses. */
export class Allocator {
  readonly #bins: Piece[][] = Array.from({ length: 128 }, () => []);
  readonly #taken = new Map<number, Piece>();
  #last: Piece | null = null;
  #end: number;

  /**
   * Starts with an empty range.
   *
   * @param start The first address.
   * @param grow Extends the range to at least this end; the new end, or 0 if it can't.
   */
  constructor(start: number, readonly grow: (end: number) => number) {
    this.#end = start;
  }

  /** The address of a piece of at least this many bytes, or -1. */
  take(nbytes: number): number {
    const size = Math.max(Math.ceil(nbytes / ALIGN), 1) * ALIGN + SLACK;
    let piece = this.#find(size);
    if (piece === null) {
      const last = this.#last;
      const held = last !== null && last.free ? last.size : 0;
      const end = this.grow(this.#end + size - held);
      if (end === 0) return -1;
      piece = this.#extend(end);
    } else {
      this.#unlist(piece);
    }
    piece.free = false;
    if (piece.size - size >= 2 * ALIGN) this.#split(piece, size);
    this.#taken.set(piece.address, piece);
    return piece.address;
  }

  /** Gives a piece back. */
  give(address: number): void {
    let piece = this.#taken.get(address)!;
    this.#taken.delete(address);
    const { before, after } = piece;
    if (after?.free) {
      this.#unlist(after);
      this.#join(piece, after);
    }
    if (before?.free) {
      this.#unlist(before);
      this.#join(before, piece);
      piece = before;
    }
    piece.free = true;
    this.#list(piece);
  }

  /** The range's end and the sizes of its free pieces, for tests. */
  inspect(): { end: number; free: number[] } {
    return { end: this.#end, free: this.#bins.flat().map((piece) => piece.size) };
  }

  #extend(end: number): Piece {
    const last = this.#last;
    const size = end - this.#end;
    const start = this.#end;
    this.#end = end;
    if (last !== null && last.free) {
      this.#unlist(last);
      last.size += size;
      return last;
    }
    const piece: Piece = {
      address: start,
      size,
      free: false,
      before: last,
      after: null,
      bin: 0,
      place: 0,
    };
    if (last !== null) last.after = piece;
    this.#last = piece;
    return piece;
  }

  #split(piece: Piece, size: number): void {
    const rest: Piece = {
      address: piece.address + size,
      size: piece.size - size,
      free: true,
      before: piece,
      after: piece.after,
      bin: 0,
      place: 0,
    };
    if (piece.after !== null) piece.after.before = rest;
    else this.#last = rest;
    piece.after = rest;
    piece.size = size;
    this.#list(rest);
  }

  #join(left: Piece, right: Piece): void {
    left.size += right.size;
    left.after = right.after;
    if (right.after !== null) right.after.before = left;
    else this.#last = left;
  }

  /** The bin whose pieces are all at least its bound: four bins to each power of two. */
  #binOf(size: number): number {
    if (size >= 2 ** 32) return 127;
    const power = 31 - Math.clz32(size);
    const quarter = (size >>> (power - 2)) & 3;
    return Math.min(4 * (power - 6) + quarter, 127);
  }

  #find(size: number): Piece | null {
    const first = this.#binOf(size);
    const own = this.#bins[first];
    // The newest few of the piece's own bin may fit; everything in the bins above does.
    for (let i = own.length - 1; i >= 0 && i >= own.length - 8; i--) {
      if (own[i].size >= size) return own[i];
    }
    for (let bin = first + 1; bin < this.#bins.length; bin++) {
      const list = this.#bins[bin];
      if (list.length > 0) return list[list.length - 1];
    }
    return null;
  }

  #list(piece: Piece): void {
    piece.bin = this.#binOf(piece.size);
    piece.place = this.#bins[piece.bin].push(piece) - 1;
  }

  #unlist(piece: Piece): void {
    const list = this.#bins[piece.bin];
    const moved = list.pop()!;
    if (moved !== piece) {
      list[piece.place] = moved;
      moved.place = piece.place;
    }
  }
}

/** Views of the whole memory; they are renewed when it grows. */
export interface Views {
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
}

/** The device's memory. */
export class Memory {
  /** What kernels import. */
  readonly wasm: WebAssembly.Memory;
  /** How kernels import it. */
  readonly type: { readonly shared: boolean; readonly maximum: number };
  /** The views; read anew after every allocation. */
  views: Views;
  readonly #allocator: Allocator;
  readonly #use = memoryUse.cpu ??= { live: 0, peak: 0 };

  /**
   * Reserves the addresses.
   *
   * @param shared Whether threads may share the memory, where the host lets them.
   */
  constructor(shared = true) {
    [this.wasm, this.type] = reserve(shared);
    this.views = this.#view();
    this.#allocator = new Allocator(RESERVED, (end) => this.#grow(end));
  }

  /** The address of a fresh block; what is for the device's own use does not count as live. */
  take(nbytes: number, own = false): number {
    const address = this.#allocator.take(nbytes);
    if (address < 0) {
      const asked = nbytes.toLocaleString("en"), live = this.#use.live.toLocaleString("en");
      throw new OutOfMemoryError(
        `cpu: cannot allocate ${asked} bytes: ${live} bytes are live, of ${
          (this.type.maximum * PAGE).toLocaleString("en")
        } that WebAssembly can address`,
      );
    }
    counters.buffers++;
    if (own) return address;
    this.#use.live += nbytes;
    if (this.#use.live > this.#use.peak) this.#use.peak = this.#use.live;
    return address;
  }

  /** Gives a block back. */
  give(address: number, nbytes: number, own = false): void {
    if (!own) this.#use.live -= nbytes;
    this.#allocator.give(address);
  }

  #grow(end: number): number {
    const now = this.wasm.buffer.byteLength;
    if (end > now) {
      const limit = this.type.maximum * PAGE;
      if (end > limit) return 0;
      // Half as much again, so that growing stays rare; just enough where that is refused.
      const generous = Math.min(Math.max(end, Math.ceil(now * 1.5), 1 << 24), limit);
      if (!this.#tryGrow(generous) && !this.#tryGrow(end)) return 0;
    }
    return Math.min(this.wasm.buffer.byteLength, MAXIMUM_PAGES * PAGE - PAGE);
  }

  #tryGrow(end: number): boolean {
    const pages = Math.ceil((end - this.wasm.buffer.byteLength) / PAGE);
    try {
      this.wasm.grow(pages);
    } catch {
      return false;
    }
    this.views = this.#view();
    return true;
  }

  #view(): Views {
    const buffer = this.wasm.buffer as ArrayBuffer;
    const words = Math.floor(buffer.byteLength / 8);
    return {
      u8: new Uint8Array(buffer),
      i32: new Int32Array(buffer, 0, words * 2),
      f32: new Float32Array(buffer, 0, words * 2),
      f64: new Float64Array(buffer, 0, words),
    };
  }
}

/** A memory as large as the host will reserve, shared where that is wanted and it lets memories be. */
function reserve(wanted: boolean): [WebAssembly.Memory, { shared: boolean; maximum: number }] {
  for (const shared of wanted ? [true, false] : [false]) {
    for (let maximum = MAXIMUM_PAGES; maximum >= 1024; maximum /= 2) {
      try {
        return [
          new WebAssembly.Memory({ initial: 2, maximum, shared }),
          { shared, maximum },
        ];
      } catch {
        continue;
      }
    }
  }
  throw new OutOfMemoryError("cpu: the host refuses to make a WebAssembly memory");
}
