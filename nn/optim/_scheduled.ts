/**
 * What schedulers keep in the groups of an optimizer.
 *
 * @module
 */

/** The names that it is saved by, and ours. */
export const SCHEDULED = [
  ["initial_lr", "initialLr"],
  ["max_lr", "maxLr"],
  ["min_lr", "minLr"],
  ["max_momentum", "maxMomentum"],
  ["base_momentum", "baseMomentum"],
] as const;
