/**
 * Every benchmark case.
 *
 * @module
 */
import type { BenchCase } from "../case.ts";
import { add } from "./add.ts";
import { load, save } from "./checkpoint.ts";
import { embedding } from "./embedding.ts";
import { embeddings } from "./embeddings.ts";
import { gelu } from "./gelu.ts";
import { layerNorm } from "./layer_norm.ts";
import { matmul } from "./matmul.ts";
import { mlpStep } from "./mlp_step.ts";
import { download, upload } from "./move.ts";
import { readBack } from "./read_back.ts";
import { softmax } from "./softmax.ts";

/** The cases, in the order of the table. */
export const cases: readonly BenchCase[] = [
  matmul,
  gelu,
  add,
  softmax,
  layerNorm,
  embedding,
  embeddings,
  mlpStep,
  upload,
  download,
  readBack,
  save,
  load,
];
