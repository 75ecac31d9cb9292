/**
 * Every benchmark case.
 *
 * @module
 */
import type { BenchCase } from "../case.ts";
import { gelu } from "./gelu.ts";
import { layerNorm } from "./layer_norm.ts";
import { matmul } from "./matmul.ts";
import { mlpStep } from "./mlp_step.ts";
import { softmax } from "./softmax.ts";

/** The cases, in the order of the table. */
export const cases: readonly BenchCase[] = [matmul, gelu, softmax, layerNorm, mlpStep];
