/**
 * What a kernel computes when: row values, passes over the inner dimensions, and the values that
 * are kept from one pass to the next.
 *
 * @module
 */
import { operandsOfStep, type Plan, type Step } from "../plan.ts";
import { DTYPES } from "../dtype.ts";
import { isHeavyBinary } from "./emit_binary.ts";
import { isHeavyUnary } from "./emit_unary.ts";
import type { Layout } from "./layout.ts";

/** One pass over a row. */
export interface Pass {
  /** The reductions that it computes. */
  readonly reductions: number[];
  /** The outputs that it writes. */
  readonly outputs: number[];
  /** The steps that it keeps for later passes. */
  readonly keeps: number[];
  /** The steps that it computes for each element. */
  needed: Set<number>;
  /** Whether a long function is among them. */
  heavy: boolean;
}

/** The order of a kernel's work. */
export interface Schedule {
  /** Whether each step has one value a row. */
  readonly row: boolean[];
  /** How many reductions must have ended before the step can be computed, one inside another. */
  readonly level: number[];
  /** The passes by level; where nothing is to do, null. */
  readonly passes: (Pass | null)[];
  /** For each kept step, its place among the vectors kept for one position; -1 if recomputed. */
  readonly slot: number[];
  /** Vectors kept for each position. */
  readonly slots: number;
}

function isHeavy(step: Step, steps: readonly Step[]): boolean {
  switch (step.kind) {
    case "unary":
      return isHeavyUnary(step.op);
    case "binary": {
      const kind = DTYPES[steps[step.a].dtype].kind;
      const bits = step.op === "shiftLeft" || step.op === "shiftRight";
      return kind === "float" ? !bits && isHeavyBinary(step.op) : isHeavyBinary(step.op);
    }
    case "random":
      return true;
    default:
      return false;
  }
}

/** Plans the work. */
export function schedule(plan: Plan, layout: Layout): Schedule {
  const { steps, outputs } = plan;
  const row: boolean[] = [], level: number[] = [], costly: boolean[] = [];
  steps.forEach((step, i) => {
    const operands = operandsOfStep(step);
    const inside = Math.max(0, ...operands.map((a) => level[a]));
    level[i] = step.kind === "reduce" ? inside + 1 : inside;
    row[i] = step.kind === "reduce" || step.kind === "const"
      ? true
      : operands.length === 0
      ? layout.streams[layout.streamOf[i]].row
      : operands.every((a) => row[a]);
    costly[i] = !row[i] &&
      (isHeavy(step, steps) || operands.some((a) => !row[a] && costly[a]));
  });

  let top = 0;
  steps.forEach((step) => {
    if (step.kind === "reduce") top = Math.max(top, level[step.a]);
  });
  outputs.forEach(({ step }, i) => {
    if (!layout.rowOutputs[i]) top = Math.max(top, level[step]);
  });
  const passes: (Pass | null)[] = [];
  for (let p = 0; p <= top; p++) {
    const reductions: number[] = [];
    steps.forEach((step, i) => {
      if (step.kind === "reduce" && level[step.a] === p) reductions.push(i);
    });
    const written: number[] = [];
    outputs.forEach(({ step }, i) => {
      if (!layout.rowOutputs[i] && (layout.delayed ? top : level[step]) === p) written.push(i);
    });
    const idle = reductions.length === 0 && written.length === 0;
    passes.push(
      idle ? null : { reductions, outputs: written, keeps: [], needed: new Set(), heavy: false },
    );
  }

  const slot = new Array<number>(steps.length).fill(-1);
  let slots = 0;
  const cone = (pass: Pass): Set<number> => {
    const seen = new Set<number>();
    const visit = (at: number): void => {
      if (row[at] || slot[at] >= 0 || seen.has(at)) return;
      operandsOfStep(steps[at]).forEach(visit);
      seen.add(at);
    };
    targets(pass).forEach(visit);
    return seen;
  };
  const targets = (pass: Pass): number[] => [
    ...pass.reductions.map((r) => operandsOfStep(steps[r])[0]),
    ...pass.outputs.map((o) => outputs[o].step),
    ...pass.keeps,
  ];
  passes.forEach((pass, p) => {
    if (pass === null) return;
    pass.needed = cone(pass);
    pass.heavy = [...pass.needed].some((at) => isHeavy(steps[at], steps));
    if (!layout.keeps) return;
    // What a later pass needs again, and is costly, is kept at the last step both need.
    const later = new Set<number>();
    const visit = (at: number): void => {
      if (row[at] || slot[at] >= 0 || later.has(at)) return;
      later.add(at);
      if (pass.needed.has(at) && costly[at]) {
        if (!pass.keeps.includes(at)) pass.keeps.push(at);
        return;
      }
      operandsOfStep(steps[at]).forEach(visit);
    };
    for (const next of passes.slice(p + 1)) if (next !== null) targets(next).forEach(visit);
    for (const at of pass.keeps) {
      slot[at] = slots;
      slots += DTYPES[steps[at].dtype].itemSize === 8 ? 2 : 1;
    }
  });
  return { row, level, passes, slot, slots };
}
