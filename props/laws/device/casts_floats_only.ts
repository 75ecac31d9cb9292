/**
 * @module
 */
import type { DType } from "../../../core/mod.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { judgeMove, type Move, moves } from "./move.ts";

/** A case of {@linkcode castsFloatsOnly}. */
export interface CastCase extends Move {
  /** The dtype that the module is cast to. */
  to: DType;
}

/** A cast is for what is floating. */
export const castsFloatsOnly: Law<CastCase> = law({
  id: "device/casts-floats-only",
  claim:
    "to(dtype) rounds every registered floating tensor and its gradient to that dtype, and leaves all others, and objects, ties and requiresGrad, as they are.",
  source: "https://github.com/pytorch/pytorch/issues/3810",
  needs: ["instance", "state", "casts"],
  runs: 9,
  detects: ["cast-takes-integers", "cast-forgets-gradients"],
  axes: () => ({ to: ["float64", "float16", "bfloat16"] }),
  cases: moves,
  async check(context, testCase) {
    const evidence = new Evidence().note("to", testCase.to);
    const instance = await context.instance(testCase.seed);
    await judgeMove(evidence, instance, testCase, testCase.to);
    return evidence;
  },
});
