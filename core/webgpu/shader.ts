/**
 * The text of a kernel: functions that read and write its streams, its uniforms by name, and the
 * statements that compute a plan's steps, four elements at a time.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import { operandsOfStep, type Plan, type Step } from "../plan.ts";
import { type Class, classOf, loader, quadStorer, scatterStorer, TYPE4 } from "./elements.ts";
import { wgslFunctions } from "./functions.ts";
import { randomName } from "../step_key.ts";
import type { Layout, Stream } from "./layout.ts";
import { castText, identityOf, operatorText } from "./operators.ts";

/**
 * Where four elements are: one coordinate for each dimension and the four side by side along the
 * last (`quad`), or four coordinates for each dimension (`apart`).
 */
export interface Place {
  /** WGSL names, one a dimension. */
  readonly coordinates: readonly string[];
  /** Whether each name is of four coordinates. */
  readonly apart: boolean;
  /** Which of the four are inside, as a WGSL `vec4<bool>`; null where all are. */
  readonly inside: string | null;
  /** The place of the first of four in the row-major order of all, where groups run over rows. */
  readonly linear: string | null;
}

/** Values that are known, by step. */
export type Values = Map<number, string>;

/** Builds the text of one kernel. */
export class Shader {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly steps: readonly Step[];
  /** Names of library functions that the body calls. */
  readonly used = new Set<string>();
  readonly #functions = new Map<string, string>();
  readonly #names = new Map<Stream, string>();
  readonly #starts = new Map<Stream, string>();
  #next = 0;
  /** Whether a kernel can find a fault, such as a division by zero. */
  faults = false;

  constructor(plan: Plan, layout: Layout) {
    this.plan = plan;
    this.layout = layout;
    this.steps = plan.steps;
  }

  /** A name that nothing else has. */
  fresh(prefix: string): string {
    return `${prefix}${this.#next++}`;
  }

  /** A uniform word, as u32. */
  word(at: number): string {
    return `args[${at >> 2}].${"xyzw"[at & 3]}`;
  }

  /** A uniform word, as i32. */
  int(at: number): string {
    return `bitcast<i32>(${this.word(at)})`;
  }

  /** The size of a dimension, outer ones first, as i32; past the last, the length of a product's sums. */
  size(d: number): string {
    return this.int(this.layout.places.sizes + d);
  }

  /** The whole module around a body. */
  module(body: string): string {
    const { bindings, places } = this.layout;
    let text = "";
    bindings.forEach(({ type, written }, i) => {
      text += `@group(0) @binding(${i}) var<storage, ${
        written ? "read_write" : "read"
      }> b${i}: array<${type}>;\n`;
    });
    if (this.faults) {
      text +=
        `@group(0) @binding(${bindings.length}) var<storage, read_write> fault: array<atomic<u32>>;\n`;
    }
    text += `@group(1) @binding(0) var<uniform> args: array<vec4<u32>, ${
      Math.ceil(places.words / 4)
    }>;\n`;
    text += "fn zero() -> u32 { return args[0].x; }\n";
    return text + wgslFunctions(this.used) + [...this.#functions.values()].join("") + body;
  }

  /** The letters of the buffers' use. */
  access(): string {
    return this.layout.bindings.map(({ written }) => written ? "w" : "r").join("") +
      (this.faults ? "w" : "");
  }

  // ---- coordinates

  /** Statements that split a row-major number into coordinates, and their names. */
  split(index: string, dims: readonly number[], type = "i32"): { text: string; names: string[] } {
    const names = dims.map(() => this.fresh("c"));
    const wrap = (d: number) => type === "i32" ? this.size(d) : `${type}(${this.size(d)})`;
    let text = "", left = index;
    for (let i = dims.length - 1; i > 0; i--) {
      const q = this.fresh("q");
      text += `let ${q} = ${left} / ${wrap(dims[i])};\n`;
      text += `let ${names[i]} = ${left} - ${q} * ${wrap(dims[i])};\n`;
      left = q;
    }
    if (dims.length > 0) text += `let ${names[0]} = ${left};\n`;
    return { text, names };
  }

  /** Statements that name where a row begins in each stream, so that its loops need not find it. */
  rowStarts(outer: readonly string[]): string {
    let text = "";
    for (const stream of this.layout.places.streams.keys()) {
      if (stream.row) continue;
      const name = this.fresh("s");
      text += `let ${name} = ${this.position(stream, outer, false)};\n`;
      this.#starts.set(stream, name);
    }
    return text;
  }

  /** The position of a stream at some of its dimensions' coordinates. */
  position(stream: Stream, coordinates: readonly string[], apart: boolean): string {
    const place = this.layout.places.streams.get(stream)!;
    const started = this.#starts.get(stream);
    const last = stream.strides.length - 1;
    const wrap = (text: string) => apart ? `vec4<i32>(${text})` : text;
    let sum = wrap(started ?? this.int(place));
    coordinates.forEach((coordinate, d) => {
      if (started !== undefined && d < this.layout.outer.length) return;
      if (d === last && stream.lane === "quad" && !apart) sum += ` + ${coordinate}`;
      else if (d !== last || stream.lane !== "same") {
        sum += ` + ${coordinate} * ${
          apart ? `vec4<i32>(${this.int(place + 1 + d)})` : this.int(place + 1 + d)
        }`;
      }
    });
    return sum;
  }

  /** Four positions of a stream, side by side or apart. */
  #positions(stream: Stream, { coordinates, apart, linear }: Place): string {
    if (stream.lane === "quad" && linear !== null) {
      return `${this.int(this.layout.places.streams.get(stream)!)} + ${linear}`;
    }
    const at = this.position(stream, coordinates, apart);
    if (apart || stream.lane !== "steps") return at;
    const place = this.layout.places.streams.get(stream)!;
    return `vec4<i32>(${at}) + vec4<i32>(0, 1, 2, 3) * vec4<i32>(${
      this.int(place + stream.strides.length)
    })`;
  }

  // ---- streams

  #load(stream: Stream, place: Place): string {
    let name = this.#names.get(stream);
    if (name === undefined) {
      this.#names.set(stream, name = this.fresh("load"));
      const text = loader(name, `b${stream.binding}`, stream.dtype, stream.lane);
      this.#functions.set(name, text);
      if (classOf(stream.dtype) === "l") this.used.add("I64");
    }
    return `${name}(${this.#positions(stream, place)})`;
  }

  /** A statement that writes four values. */
  store(stream: Stream, value: string, place: Place): string {
    const quad = stream.lane === "quad";
    let name = this.#names.get(stream);
    if (name === undefined) {
      this.#names.set(stream, name = this.fresh("store"));
      const make = quad ? quadStorer : scatterStorer;
      this.#functions.set(name, make(name, `b${stream.binding}`, stream.dtype));
    }
    const inside = place.inside ?? "vec4<bool>(true)";
    const rest = quad ? "" : `, ${inside}`;
    return `${name}(${this.#positions(stream, place)}, ${value}${rest});\n`;
  }

  /** A statement that writes the first of four values, at outer coordinates. */
  storeOne(stream: Stream, value: string, outer: readonly string[]): string {
    let name = this.#names.get(stream);
    if (name === undefined) {
      this.#names.set(stream, name = this.fresh("store"));
      this.#functions.set(name, scatterStorer(name, `b${stream.binding}`, stream.dtype));
    }
    const at = this.position(stream, outer, false);
    return `${name}(vec4<i32>(${at}), ${value}, vec4<bool>(true, false, false, false));\n`;
  }

  // ---- steps

  /** The type of a step's four values. */
  type(step: number): string {
    return TYPE4[this.classOf(step)];
  }

  /** The class of a step's values. */
  classOf(step: number): Class {
    return classOf(this.steps[step].dtype);
  }

  /** Statements that compute a step and what it needs, as far as it is not known. */
  compute(step: number, place: Place, known: Values): string {
    if (known.has(step)) return "";
    const it = this.steps[step];
    let text = "";
    for (const operand of operandsOfStep(it)) text += this.compute(operand, place, known);
    const name = this.fresh("v");
    const value = this.#valueOf(it, step, place, known);
    text += value.before;
    text += `let ${name} = ${value.text};\n`;
    known.set(step, name);
    return text;
  }

  #valueOf(it: Step, step: number, place: Place, known: Values): { before: string; text: string } {
    const plain = (text: string, before = "") => ({ before, text });
    const { places, streams } = this.layout;
    switch (it.kind) {
      case "load":
        return plain(this.#load(streams.get(step)!, place));
      case "const":
        return plain(this.#constant(it.dtype, places.constants.get(step)!));
      case "index": {
        const four = this.#four(streams.get(step)!, place);
        this.used.add("l_fromI32");
        return plain(`l_fromI32(${four})`);
      }
      case "random": {
        const stream = streams.get(step)!;
        const at = places.randoms.get(randomName(it))!;
        this.used.add("philox_all");
        const all = `ph${place.apart ? "a" : "q"}_${
          [...places.randoms.keys()].indexOf(randomName(it))
        }`;
        let before = "";
        if (!known.has(-1 - at)) {
          const p = this.fresh("p");
          before = `let ${p} = bitcast<vec4<u32>>(${this.#four(stream, place)});
let ${p}l = ${p} + vec4<u32>(${this.word(at + 2)});
let ${p}h = vec4<u32>(${this.word(at + 3)}) + select(vec4<u32>(0u), vec4<u32>(1u), ${p}l < ${p});
let ${all}${p} = philox_all(${p}l, ${p}h, vec2<u32>(${this.word(at)}, ${this.word(at + 1)}));\n`;
          known.set(-1 - at, `${all}${p}`);
        }
        return plain(`bitcast<vec4<i32>>(${known.get(-1 - at)}.w${it.word})`, before);
      }
      case "cast":
        return plain(castText(known.get(it.a)!, this.steps[it.a].dtype, it.dtype, this.used));
      case "unary":
      case "binary": {
        const operands = it.kind === "unary" ? [it.a] : [it.a, it.b];
        const from = this.steps[it.a].dtype;
        const { text, mayDivideByZero } = operatorText(
          it.op,
          operands.map((operand) => known.get(operand)!),
          from,
          it.dtype,
          this.used,
          it.kind === "binary" && it.a === it.b,
        );
        let before = "";
        if (mayDivideByZero) before = this.#checkDivisor(known.get(operands[1])!, from, place);
        return plain(this.#kept(it, step) ? `opaque(${text})` : text, before);
      }
      case "where": {
        const [cond, a, b] = [it.cond, it.a, it.b].map((at) => known.get(at)!);
        if (classOf(it.dtype) === "l") {
          this.used.add("l_select");
          return plain(`l_select(${cond}, ${a}, ${b})`);
        }
        return plain(`select(${b}, ${a}, ${cond})`);
      }
      default:
        throw new TypeError(`${it.kind} is computed by its kernel`);
    }
  }

  /**
   * Whether a sum must be kept from being merged with the sums that use it: compilers take
   * `(a + b) - a` for `b`.
   */
  #kept(it: Step, step: number): boolean {
    if (
      it.kind !== "binary" || classOf(it.dtype) !== "f" || !(it.op === "add" || it.op === "sub")
    ) {
      return false;
    }
    const merged = this.steps.some((user) =>
      user.kind === "binary" && (user.op === "add" || user.op === "sub") &&
      (user.a === step || user.b === step)
    );
    if (merged) this.used.add("opaque");
    return merged;
  }

  /** Notes a zero divisor among the elements that are inside. */
  #checkDivisor(divisor: string, dtype: DType, { inside }: Place): string {
    this.faults = true;
    const zeros = classOf(dtype) === "l"
      ? `((${divisor}.lo | ${divisor}.hi) == vec4<u32>(0u))`
      : `(${divisor} == vec4<i32>(0))`;
    const bad = inside === null ? zeros : `(${zeros} & ${inside})`;
    return `if (any(${bad})) { atomicStore(&fault[0], ${FAULT_DIVISION}u); }\n`;
  }

  /** Four values of a counter. */
  #four(stream: Stream, place: Place): string {
    if (place.apart) return this.position(stream, place.coordinates, true);
    const at = this.layout.places.streams.get(stream)!;
    const first = this.position(stream, place.coordinates, false);
    const known = place.coordinates.length === stream.strides.length;
    return known
      ? `vec4<i32>(${first}) + vec4<i32>(0, 1, 2, 3) * vec4<i32>(${
        this.int(at + stream.strides.length)
      })`
      : `vec4<i32>(${first})`;
  }

  #constant(dtype: DType, at: number): string {
    switch (classOf(dtype)) {
      case "f":
        return `vec4<f32>(bitcast<f32>(${this.word(at)}))`;
      case "i":
        return `vec4<i32>(${this.int(at)})`;
      case "b":
        return `vec4<bool>(${this.word(at)} != 0u)`;
      default:
        this.used.add("I64");
        return `I64(vec4<u32>(${this.word(at)}), vec4<u32>(${this.word(at + 1)}))`;
    }
  }

  /** The value that a reduction of nothing has. */
  identity(step: number): string {
    const it = this.steps[step];
    if (it.kind !== "reduce") throw new TypeError("not a reduction");
    return identityOf(it.op, this.steps[it.a].dtype, this.used);
  }
}

/** What a kernel leaves in the fault buffer's first word. */
export const FAULT_DIVISION = 1;
/** An index outside of its dimension; words 1 and 2 are the index, word 3 the size. */
export const FAULT_INDEX = 2;
