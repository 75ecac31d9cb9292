/**
 * Kernels with reductions. A row is computed by one invocation, or by the invocations of one
 * workgroup; either walks its elements four at a time, once for each level of reductions (a maximum,
 * then a sum that needs it) and once more for results that need them all.
 *
 * @module
 */
import { operandsOfStep, type Plan } from "../plan.ts";
import { numelOf } from "../shape.ts";
import { classOf, TYPE1, TYPE4 } from "./elements.ts";
import type { Layout } from "./layout.ts";
import { betterText, call, combineText, fitText } from "./operators.ts";
import { INVOCATION } from "./pointwise.ts";
import type { KernelSource } from "./queue.ts";
import { type Place, Shader, type Values } from "./shader.ts";

/** Groups of four that are added up before the sum is set aside: errors grow with its logarithm. */
const CHUNK = 64;

/** How many invocations share a row. */
export function threadsPerRow(layout: Layout, software: boolean): number {
  const rows = numelOf(layout.outer), length = numelOf(layout.inner);
  const quads = Math.ceil(length / 4);
  // In software a barrier costs as much as hundreds of elements.
  if (software) return rows >= 16 || quads < 64 ? 1 : 32;
  const turned = layout.targets.length > 0 &&
    [...layout.streams.values()].some(({ strides }) =>
      layout.outer.length > 0 && strides[layout.outer.length - 1] === 1 &&
      strides[strides.length - 1] !== 1
    );
  if (quads < 16 || (turned && rows >= 1024)) return 1;
  return Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(quads))));
}

/** How many workgroups a plan takes. */
export function rowGroups(layout: Layout, threads: number): number {
  const rows = numelOf(layout.outer);
  return threads === 1 ? Math.ceil(rows / WORKGROUP_ROWS) : rows;
}

/** Rows that one workgroup takes, an invocation each. */
const WORKGROUP_ROWS = 8;

/** Generates the kernel for so many invocations a row. */
export function rowKernel(
  plan: Plan,
  layout: Layout,
  threads: number,
  label: string,
): KernelSource {
  return new RowKernel(plan, layout, threads).build(label);
}

class RowKernel {
  readonly #shader: Shader;
  readonly #layout: Layout;
  readonly #threads: number;
  readonly #outer: string[];
  readonly #known: Values = new Map();
  #shared = "";

  constructor(plan: Plan, layout: Layout, threads: number) {
    this.#shader = new Shader(plan, layout);
    this.#layout = layout;
    this.#threads = threads;
    this.#outer = [];
  }

  /** Where an invocation's walk over a row begins. */
  get #start(): string {
    return this.#threads === 1 ? "0" : "i32(local)";
  }

  build(label: string): KernelSource {
    const shader = this.#shader, { outer, inner, targets } = this.#layout;
    const { steps } = shader;
    const dims = outer.map((_, d) => d);
    const innerDims = inner.map((_, i) => outer.length + i);
    const rows = dims.length === 0 ? "1" : dims.map((d) => shader.size(d)).join(" * ");
    let body = `let rows = ${rows};\nif (row >= rows) { return; }\n`;
    const { text, names } = shader.split("row", dims);
    body += text;
    this.#outer.push(...names);
    body += `let length = ${innerDims.map((d) => shader.size(d)).join(" * ")};\n`;
    body += "let quads = (length + 3) / 4;\n";
    body += shader.rowStarts(names);

    const levels = levelsOf(steps);
    const top = Math.max(0, ...levels);
    for (let level = 1; level <= top; level++) {
      const reductions = steps.flatMap((step, i) =>
        step.kind === "reduce" && levels[i] === level ? [i] : []
      );
      body += this.#reduce(reductions);
    }
    const full = targets.filter(({ row }) => !row);
    const once = targets.filter(({ row }) => row);
    if (full.length > 0) {
      for (const { step } of full) body += this.#rowValues(step);
      const known: Values = new Map(this.#known);
      const loop = this.#loop("quads", this.#turns(full.map(({ step }) => step)), (place) => {
        const here: Values = new Map(known);
        let inside = full.map(({ step }) => shader.compute(step, place, here)).join("");
        for (const { step, stream } of full) {
          inside += shader.store(stream, here.get(step)!, place);
        }
        return inside;
      });
      body += `{\nvar q = ${this.#start};\n${loop}}\n`;
    }
    let last = "";
    for (const { step, stream } of once) {
      body += this.#rowValues(step);
      last += shader.storeOne(stream, this.#known.get(step)!, this.#outer);
    }
    body += this.#threads === 1 || last === "" ? last : `if (local == 0u) {\n${last}}\n`;

    const size = this.#threads === 1 ? WORKGROUP_ROWS : this.#threads;
    const number = "group.y * groups.x + group.x";
    const row = this.#threads === 1 ? `i32((${number}) * ${size}u + local)` : `i32(${number})`;
    const code = shader.module(`${this.#shared}@compute @workgroup_size(${size})
fn main(${INVOCATION}) {
let row = ${row};
${body}}
`);
    return { label, code, access: shader.access(), words: this.#layout.places.words };
  }

  /** Computes at the row's level what a step needs of row values. */
  #rowValues(step: number): string {
    const shader = this.#shader, it = shader.steps[step];
    if (this.#known.has(step)) return "";
    if (it.row && it.kind !== "reduce") {
      const place = { coordinates: this.#outer, apart: false, inside: null, linear: null };
      return shader.compute(step, place, this.#known);
    }
    return operandsOfStep(it).map((operand) => this.#rowValues(operand)).join("");
  }

  /**
   * A loop over a row's groups of four, from `q` as it is; `body` is given where they are. Several
   * turns are written out: every loop carries a hidden count of its turns, which costs as much as a
   * small body does.
   */
  #loop(end: string, turns: number, body: (place: Place) => string): string {
    const step = this.#threads;
    const turn = (u: number) => `{\n${this.#turn(u === 0 ? "q" : `(q + ${u * step})`, body)}}\n`;
    const several = Array.from({ length: turns }, (_, u) => turn(u)).join("");
    const whole = turns === 1
      ? ""
      : `for (; q + ${(turns - 1) * step} < ${end}; q += ${turns * step}) {\n${several}}\n`;
    return `${whole}for (; q < ${end}; q += ${step}) {\n${turn(0)}}\n`;
  }

  #turn(q: string, body: (place: Place) => string): string {
    const shader = this.#shader, { outer, inner, ragged } = this.#layout;
    const dims = inner.map((_, i) => outer.length + i);
    const apart = ragged && inner.length > 1;
    let text = `let k = ${q} * 4;\n`;
    const each = shader.split(
      apart ? "min(vec4<i32>(k) + vec4<i32>(0, 1, 2, 3), vec4<i32>(length - 1))" : "k",
      dims,
      apart ? "vec4<i32>" : "i32",
    );
    text += each.text;
    if (ragged) {
      text += "let inside = (vec4<i32>(k) + vec4<i32>(0, 1, 2, 3)) < vec4<i32>(length);\n";
    }
    return text + body({
      coordinates: [...this.#outer, ...each.names],
      apart,
      inside: ragged ? "inside" : null,
      linear: null,
    });
  }

  /** How many turns of a loop are written out: fewer where they are long. */
  #turns(steps: readonly number[]): number {
    const seen = new Set<number>();
    let size = 0;
    const visit = (i: number): void => {
      if (seen.has(i) || this.#known.has(i)) return;
      seen.add(i);
      const step = this.#shader.steps[i];
      size += step.kind === "unary" || step.kind === "random" ? 4 : 1;
      operandsOfStep(step).forEach(visit);
    };
    steps.forEach(visit);
    return size <= 8 ? 4 : size <= 16 ? 2 : 1;
  }

  /** Computes reductions of one level in one walk. */
  #reduce(reductions: readonly number[]): string {
    const shader = this.#shader, { used } = shader;
    let text = "";
    for (const r of reductions) text += this.#rowValues(operandOf(shader, r));
    const accumulators = reductions.map((r) => this.#accumulator(r));
    for (const { declare } of accumulators) text += declare;
    const chunked = accumulators.some(({ chunked }) => chunked);
    const operands = reductions.map((r) => operandOf(shader, r));
    const walk = (end: string) =>
      this.#loop(end, this.#turns(operands), (place) => {
        const here: Values = new Map(this.#known);
        let body = "";
        for (const operand of operands) body += shader.compute(operand, place, here);
        for (const [i, operand] of operands.entries()) {
          body += accumulators[i].add(here.get(operand)!, place);
        }
        return body;
      });
    text += `{\nvar q = ${this.#start};\n`;
    if (chunked) {
      text += `while (q < quads) {\nlet end = min(quads, q + ${CHUNK * this.#threads});\n`;
      text += accumulators.map(({ reset }) => reset).join("");
      text += walk("end");
      text += accumulators.map(({ flush }) => flush).join("");
      text += "}\n";
    } else text += walk("quads");
    text += "}\n";
    for (const [i, r] of reductions.entries()) {
      const { value, before } = accumulators[i].finish();
      const name = shader.fresh("r");
      const { dtype } = shader.steps[r];
      text += `${before}let ${name} = ${fitText(value, dtype, used)};\n`;
      this.#known.set(r, name);
    }
    return text;
  }

  #accumulator(r: number): Accumulator {
    const shader = this.#shader, step = shader.steps[r];
    if (step.kind !== "reduce") throw new TypeError("not a reduction");
    const { op } = step;
    return op === "argmax" || op === "argmin"
      ? this.#arg(r, op)
      : this.#plain(r, op as "sum" | "prod" | "max" | "min");
  }

  #plain(r: number, op: "sum" | "prod" | "max" | "min"): Accumulator {
    const shader = this.#shader, { used } = shader;
    const dtype = shader.steps[operandOf(shader, r)].dtype, c = classOf(dtype);
    const type = TYPE4[c], identity = shader.identity(r);
    const all = shader.fresh("all"), part = shader.fresh("part");
    const chunked = c === "f" && op === "sum";
    const target = chunked ? part : all;
    const combine = (a: string, b: string) => combineText(op, a, b, dtype, used);
    return {
      chunked,
      declare: `var ${all}: ${type} = ${identity};\n`,
      reset: chunked ? `var ${part}: ${type} = ${identity};\n` : "",
      flush: chunked ? `${all} = ${combine(all, part)};\n` : "",
      add: (value, { inside }) => {
        const counted = inside === null ? value : choose(c, value, identity, inside, used);
        return `${target} = ${combine(target, counted)};\n`;
      },
      finish: () => {
        let before = "";
        for (const order of ["yxwz", "zwxy"]) {
          before += `${all} = ${combine(all, swizzle(c, all, order))};\n`;
        }
        if (this.#threads > 1) {
          const shared = this.#workgroup(c);
          before += `workgroupBarrier();\n${shared}[local] = ${
            first(c, all, used)
          };\nworkgroupBarrier();\n`;
          before += this.#tree(() =>
            `${shared}[local] = ${
              first(
                c,
                combine(spread(c, `${shared}[local]`), spread(c, `${shared}[local + s]`)),
                used,
              )
            };\n`
          );
          before += `${all} = ${spread(c, `${shared}[0]`)};\n`;
        }
        return { before, value: all };
      },
    };
  }

  #arg(r: number, op: "argmax" | "argmin"): Accumulator {
    const shader = this.#shader, { used } = shader;
    const dtype = shader.steps[operandOf(shader, r)].dtype, c = classOf(dtype);
    const best = shader.fresh("best"), at = shader.fresh("at");
    const start = this.#threads === 1
      ? "vec4<i32>(0, 1, 2, 3)"
      : "vec4<i32>(0, 1, 2, 3) + vec4<i32>(i32(local) * 4)";
    const same = (a: string, b: string) =>
      c === "f"
        ? `((${a} == ${b}) | (${call(used, "f_isnan", a)} & ${call(used, "f_isnan", b)}))`
        : c === "l"
        ? call(used, "l_eq", a, b)
        : `(${a} == ${b})`;
    const merge = (value: string, index: string, extra = "") => {
      const take = shader.fresh("take"), v = shader.fresh("w"), i = shader.fresh("i");
      return `let ${v} = ${value};\nlet ${i} = ${index};\nlet ${take} = (${
        betterText(op, best, v, dtype, used)
      } | (${same(best, v)} & (${i} < ${at})))${extra};\n` +
        `${best} = ${choose(c, v, best, take, used)};\n${at} = select(${at}, ${i}, ${take});\n`;
    };
    return {
      chunked: false,
      declare: `var ${best}: ${TYPE4[c]} = ${
        shader.identity(r)
      };\nvar ${at}: vec4<i32> = ${start};\n`,
      reset: "",
      flush: "",
      add: (value, { inside }) => {
        const take = shader.fresh("take");
        return `let ${take} = ${betterText(op, best, value, dtype, used)}${
          inside === null ? "" : ` & ${inside}`
        };\n${best} = ${choose(c, value, best, take, used)};\n` +
          `${at} = select(${at}, vec4<i32>(k) + vec4<i32>(0, 1, 2, 3), ${take});\n`;
      },
      finish: () => {
        let before = "";
        for (const order of ["yxwz", "zwxy"]) {
          before += `{\n${merge(swizzle(c, best, order), `${at}.${order}`)}}\n`;
        }
        if (this.#threads > 1) {
          const shared = this.#workgroup(c), places = this.#workgroup("i", "places");
          before += `workgroupBarrier();\n${shared}[local] = ${first(c, best, used)};\n`;
          before += `${places}[local] = ${at}.x;\nworkgroupBarrier();\n`;
          before += this.#tree(() =>
            `${best} = ${spread(c, `${shared}[local]`)};\n${at} = vec4<i32>(${places}[local]);\n` +
            merge(spread(c, `${shared}[local + s]`), `vec4<i32>(${places}[local + s])`) +
            `${shared}[local] = ${first(c, best, used)};\n${places}[local] = ${at}.x;\n`
          );
          before += `${at} = vec4<i32>(${places}[0]);\n`;
        }
        used.add("l_fromI32");
        return { before, value: `l_fromI32(${at})` };
      },
    };
  }

  /** Halves what the workgroup holds until one is left. */
  #tree(combine: () => string): string {
    return `for (var s = ${
      this.#threads / 2
    }u; s > 0u; s = s >> 1u) {\nif (local < s) {\n${combine()}}\nworkgroupBarrier();\n}\n`;
  }

  /** An array of a value for each invocation, shared by all reductions of a class. */
  #workgroup(c: keyof typeof TYPE4, prefix = "shared"): string {
    const name = `${prefix}_${c}`;
    const declared = `var<workgroup> ${name}: array<${TYPE1[c]}, ${this.#threads}>;\n`;
    if (!this.#shared.includes(declared)) this.#shared += declared;
    return name;
  }
}

/** One reduction in the making; all texts are WGSL statements. */
interface Accumulator {
  readonly chunked: boolean;
  readonly declare: string;
  readonly reset: string;
  readonly flush: string;
  add(value: string, place: Place): string;
  finish(): { before: string; value: string };
}

/** `cond ? a : b`. */
function choose(
  c: keyof typeof TYPE4,
  a: string,
  b: string,
  cond: string,
  used: Set<string>,
): string {
  return c === "l" ? call(used, "l_select", cond, a, b) : `select(${b}, ${a}, ${cond})`;
}

function swizzle(c: keyof typeof TYPE4, v: string, order: string): string {
  return c === "l" ? `I64(${v}.lo.${order}, ${v}.hi.${order})` : `${v}.${order}`;
}

/** The first of four values. */
function first(c: keyof typeof TYPE4, v: string, used: Set<string>): string {
  return c === "l" ? call(used, "l_first", v) : `(${v}).x`;
}

/** One value four times. */
function spread(c: keyof typeof TYPE4, v: string): string {
  return c === "l" ? `I64(vec4<u32>(${v}.x), vec4<u32>(${v}.y))` : `${TYPE4[c]}(${v})`;
}

function operandOf(shader: Shader, r: number): number {
  const step = shader.steps[r];
  if (step.kind !== "reduce") throw new TypeError("not a reduction");
  return step.a;
}

/** After how many walks over a row each step is known. */
export function levelsOf(steps: Plan["steps"]): number[] {
  const levels: number[] = [];
  steps.forEach((step, i) => {
    const below = Math.max(0, ...operandsOfStep(step).map((operand) => levels[operand]));
    levels[i] = step.kind === "reduce" ? below + 1 : below;
  });
  return levels;
}
