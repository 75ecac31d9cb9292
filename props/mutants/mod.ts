/**
 * Every mutant. Tests import this; the published entry points never do.
 *
 * @module
 */
import { checkpointMutants } from "./checkpoint.ts";
import { constructMutants } from "./construct.ts";
import { deviceMutants } from "./device.ts";
import { engineMutants } from "./engine.ts";
import { engineSemanticsMutants } from "./engine_semantics.ts";
import { gradientMutants } from "./gradients.ts";
import { inputMutants } from "./inputs.ts";
import { instanceMutants } from "./instances.ts";
import { loadMutants } from "./load.ts";
import { modeMutants } from "./mode.ts";
import { modelMutants } from "./model.ts";
import type { Mutant } from "./mutant.ts";
import { optimizerMutants } from "./optimizer.ts";
import { positionMutants } from "./position.ts";
import { precisionMutants } from "./precision.ts";
import { processMutants } from "./process.ts";
import { registrationMutants } from "./registration.ts";
import { relativePositionMutants } from "./relative_positions.ts";
import { saveMutants } from "./save.ts";
import { sequenceMutants } from "./sequences.ts";
import { statisticsMutants } from "./statistics.ts";
import { trainingMutants } from "./training.ts";

export type { Mutant } from "./mutant.ts";

/** Every mutant of every law. */
export const allMutants: readonly Mutant[] = [
  ...registrationMutants,
  ...instanceMutants,
  ...modelMutants,
  ...optimizerMutants,
  ...saveMutants,
  ...loadMutants,
  ...processMutants,
  ...deviceMutants,
  ...constructMutants,
  ...precisionMutants,
  ...modeMutants,
  ...trainingMutants,
  ...statisticsMutants,
  ...gradientMutants,
  ...inputMutants,
  ...sequenceMutants,
  ...positionMutants,
  ...relativePositionMutants,
  ...engineMutants,
  ...engineSemanticsMutants,
  ...checkpointMutants,
];
