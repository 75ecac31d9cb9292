/**
 * The laws.
 *
 * @module
 */
import type { Law } from "../law.ts";
import { agreesWithPyTorch } from "./checkpoint/agrees_with_pytorch.ts";
import { devicesAgree } from "./device/agrees.ts";
import { movesAllRegistered } from "./device/moves_all_registered.ts";
import { roundTrip } from "./device/round_trip.ts";
import { sameSeed } from "./device/same_seed.ts";
import { doubles } from "./engine/float64.ts";
import { promotion } from "./engine/promotion.ts";
import { recipesAgree } from "./engine/recipes_agree.ts";
import { viewsAlias } from "./engine/views.ts";
import { gradcheck } from "./math/gradcheck.ts";
import { inputsUnchanged } from "./math/inputs_unchanged.ts";
import { evalDeterministic } from "./mode/eval_deterministic.ts";
import { modeReachesAll } from "./mode/reaches_all.ts";
import { positionBounded } from "./position/bounded.ts";
import { tableIsABuffer } from "./position/buffer_not_parameter.ts";
import { dotProductsDependOnOffset } from "./position/dot_products.ts";
import { prefixIndependentOfMaxLen } from "./position/prefix_independent_of_max_len.ts";
import { refusesOverLong } from "./position/refuses_over_long.ts";
import { rowZero } from "./position/row_zero.ts";
import { shiftIsARotation } from "./position/shift_is_a_rotation.ts";
import { unitCirclePairs } from "./position/unit_circle_pairs.ts";
import { evenWidths, oddWidths } from "./position/widths.ts";
import { buffersNotParameters } from "./registration/buffers_not_parameters.ts";
import { eachTensorOnce } from "./registration/each_tensor_once.ts";
import { everyParameterLive } from "./registration/every_parameter_live.ts";
import { frozenIsNotABuffer } from "./registration/frozen_is_not_a_buffer.ts";
import { instancesIsolated } from "./registration/instances_isolated.ts";
import { modelBased } from "./registration/model_based.ts";
import { namesResolve } from "./registration/names_resolve.ts";
import { noUnregisteredState } from "./registration/no_unregistered_state.ts";
import { nonPersistent } from "./registration/non_persistent.ts";
import { schemaFixed } from "./registration/schema_fixed.ts";
import { stateDictAliases } from "./registration/state_dict_aliases.ts";
import { stateDictKeysAndOrder } from "./registration/state_dict_keys_and_order.ts";
import { fileSizeBounded } from "./save/file_size_bounded.ts";
import { saveIdentity } from "./save/identity.ts";
import { loadEqualsRebuild } from "./save/load_equals_rebuild.ts";
import { nonStrictIsProjection } from "./save/non_strict_is_projection.ts";
import { observationIsPure } from "./save/observation_is_pure.ts";
import { optimizerStateFollowsNames } from "./save/optimizer_state_follows_names.ts";
import { parameterIdentity } from "./save/parameter_identity.ts";
import { resume } from "./save/resume.ts";
import { sharing } from "./save/sharing.ts";
import { strictAndAtomic } from "./save/strict_and_atomic.ts";

export {
  agreesWithPyTorch,
  buffersNotParameters,
  devicesAgree,
  dotProductsDependOnOffset,
  doubles,
  eachTensorOnce,
  evalDeterministic,
  evenWidths,
  everyParameterLive,
  fileSizeBounded,
  frozenIsNotABuffer,
  gradcheck,
  inputsUnchanged,
  instancesIsolated,
  loadEqualsRebuild,
  modelBased,
  modeReachesAll,
  movesAllRegistered,
  namesResolve,
  nonPersistent,
  nonStrictIsProjection,
  noUnregisteredState,
  observationIsPure,
  oddWidths,
  optimizerStateFollowsNames,
  parameterIdentity,
  positionBounded,
  prefixIndependentOfMaxLen,
  promotion,
  recipesAgree,
  refusesOverLong,
  resume,
  roundTrip,
  rowZero,
  sameSeed,
  saveIdentity,
  schemaFixed,
  sharing,
  shiftIsARotation,
  stateDictAliases,
  stateDictKeysAndOrder,
  strictAndAtomic,
  tableIsABuffer,
  unitCirclePairs,
  viewsAlias,
};

export type { AgreeCase, Layout } from "./device/agrees.ts";
export type { MoveCase } from "./device/moves_all_registered.ts";
export type { RoundTripCase } from "./device/round_trip.ts";
export type { SeedCase } from "./device/same_seed.ts";
export type { DoublesCase } from "./engine/float64.ts";
export type { PromotionCase } from "./engine/promotion.ts";
export type { ViewCase, ViewStep } from "./engine/views.ts";
export type { GradCase } from "./math/gradcheck.ts";
export type { InputsCase } from "./math/inputs_unchanged.ts";
export type { EvalCase } from "./mode/eval_deterministic.ts";
export type { ModeCase } from "./mode/reaches_all.ts";
export type { PrefixCase } from "./position/prefix_independent_of_max_len.ts";
export type { LongCase } from "./position/refuses_over_long.ts";
export type { ShiftCase } from "./position/shift_is_a_rotation.ts";
export type { TableCase } from "./position/table.ts";
export type { LiveCase } from "./registration/every_parameter_live.ts";
export type { IsolationCase } from "./registration/instances_isolated.ts";
export type { Command, ModelCase } from "./registration/model_based.ts";
export type { NamesCase } from "./registration/names_resolve.ts";
export type { TransientCase } from "./registration/non_persistent.ts";
export type { SchemaCase } from "./registration/schema_fixed.ts";
export type { UnregisteredCase } from "./registration/no_unregistered_state.ts";
export type { SaveCase } from "./save/identity.ts";
export type { Damage, DamageCase } from "./save/damage.ts";
export type { RebuildCase } from "./save/load_equals_rebuild.ts";
export type { ObservationCase } from "./save/observation_is_pure.ts";
export type { OrderCase } from "./save/optimizer_state_follows_names.ts";
export type { ResumeCase } from "./save/resume.ts";
export type { Operation, Program, Step } from "./engine/program.ts";

/** Every law, family by family: what is judged when nothing else is said. */
export const allLaws: readonly Law[] = [
  noUnregisteredState,
  buffersNotParameters,
  eachTensorOnce,
  namesResolve,
  stateDictKeysAndOrder,
  stateDictAliases,
  nonPersistent,
  everyParameterLive,
  schemaFixed,
  instancesIsolated,
  frozenIsNotABuffer,
  modelBased,
  saveIdentity,
  strictAndAtomic,
  nonStrictIsProjection,
  parameterIdentity,
  loadEqualsRebuild,
  sharing,
  observationIsPure,
  fileSizeBounded,
  resume,
  optimizerStateFollowsNames,
  movesAllRegistered,
  roundTrip,
  devicesAgree,
  sameSeed,
  modeReachesAll,
  evalDeterministic,
  inputsUnchanged,
  gradcheck,
  positionBounded,
  unitCirclePairs,
  shiftIsARotation,
  dotProductsDependOnOffset,
  prefixIndependentOfMaxLen,
  rowZero,
  oddWidths,
  evenWidths,
  refusesOverLong,
  tableIsABuffer,
  promotion,
  doubles,
  viewsAlias,
  recipesAgree,
  agreesWithPyTorch,
];
