/**
 * Every mutant. Tests import this; the published entry points never do.
 *
 * @module
 */
import { checkpointMutants } from "./checkpoint.ts";
import { deviceMutants } from "./device.ts";
import { engineMutants } from "./engine.ts";
import { engineSemanticsMutants } from "./engine_semantics.ts";
import { modeMutants } from "./mode.ts";
import type { Mutant } from "./mutant.ts";
import { positionMutants } from "./position.ts";
import { relativePositionMutants } from "./relative_positions.ts";
import { registrationMutants } from "./registration.ts";
import { saveMutants } from "./save.ts";

export type { Mutant } from "./mutant.ts";

/** Every mutant of every law. */
export const allMutants: readonly Mutant[] = [
  ...registrationMutants,
  ...saveMutants,
  ...deviceMutants,
  ...modeMutants,
  ...positionMutants,
  ...relativePositionMutants,
  ...engineMutants,
  ...engineSemanticsMutants,
  ...checkpointMutants,
];
