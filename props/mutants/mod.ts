/**
 * Every mutant. Tests import this; the published entry points never do.
 *
 * @module
 */
import { checkpointMutants } from "./checkpoint.ts";
import { deviceMutants } from "./device.ts";
import { engineMutants } from "./engine.ts";
import { instanceMutants } from "./instances.ts";
import { loadMutants } from "./load.ts";
import { modeMutants } from "./mode.ts";
import { modelMutants } from "./model.ts";
import type { Mutant } from "./mutant.ts";
import { optimizerMutants } from "./optimizer.ts";
import { positionMutants } from "./position.ts";
import { registrationMutants } from "./registration.ts";
import { saveMutants } from "./save.ts";

export type { Mutant } from "./mutant.ts";

/** Every mutant of every law. */
export const allMutants: readonly Mutant[] = [
  ...registrationMutants,
  ...instanceMutants,
  ...modelMutants,
  ...optimizerMutants,
  ...saveMutants,
  ...loadMutants,
  ...deviceMutants,
  ...modeMutants,
  ...positionMutants,
  ...engineMutants,
  ...checkpointMutants,
];
