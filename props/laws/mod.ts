/**
 * The laws.
 *
 * @module
 */
import type { Law } from "../law.ts";
import { agreesWithPyTorch } from "./checkpoint/agrees_with_pytorch.ts";
import { devicesAgree } from "./device/agrees.ts";
import { castsFloatsOnly } from "./device/casts_floats_only.ts";
import { constructThere } from "./device/construct_there.ts";
import { halfPrecisionAgrees } from "./device/half_precision_agrees.ts";
import { moveIdempotent } from "./device/idempotent.ts";
import { movesAllRegistered } from "./device/moves_all_registered.ts";
import { roundTrip } from "./device/round_trip.ts";
import { sameSeed } from "./device/same_seed.ts";
import { broadcasting } from "./engine/broadcasting.ts";
import { doubles } from "./engine/float64.ts";
import { inPlace } from "./engine/in_place.ts";
import { operationsAgree } from "./engine/operations_agree.ts";
import { promotion } from "./engine/promotion.ts";
import { recipesAgree } from "./engine/recipes_agree.ts";
import { specialValues } from "./engine/special_values.ts";
import { viewsAlias } from "./engine/views.ts";
import { accumulates } from "./math/accumulates.ts";
import { batchIndependent } from "./math/batch_independent.ts";
import { buffersHoldNoGraph } from "./math/buffers_hold_no_graph.ts";
import { gradcheck } from "./math/gradcheck.ts";
import { gradgradcheck } from "./math/gradgradcheck.ts";
import { incrementalEqualsFull } from "./math/incremental.ts";
import { inputsUnchanged } from "./math/inputs_unchanged.ts";
import { layoutIndependent } from "./math/layout_independent.ts";
import { noGrowth } from "./math/no_growth.ts";
import { paddingIndependent } from "./math/padding_independent.ts";
import { refusals } from "./math/refusals.ts";
import { callOrderIndependent } from "./mode/call_order.ts";
import { countersCount } from "./mode/counters_count.ts";
import { dropoutDrops } from "./mode/dropout.ts";
import { evalDeterministic } from "./mode/eval_deterministic.ts";
import { evalPure } from "./mode/eval_pure.ts";
import { extraForwardIsNeutral } from "./mode/extra_forward.ts";
import { freezeHolds } from "./mode/freeze_holds.ts";
import { normStatistics } from "./mode/norm_statistics.ts";
import { modeReachesAll } from "./mode/reaches_all.ts";
import { alibiLinearInDistance } from "./position/alibi_linear_in_distance.ts";
import { positionBounded } from "./position/bounded.ts";
import { tableIsABuffer } from "./position/buffer_not_parameter.ts";
import { dotProductsDependOnOffset } from "./position/dot_products.ts";
import { positionsInjective } from "./position/injective.ts";
import { prefixIndependentOfMaxLen } from "./position/prefix_independent_of_max_len.ts";
import { refusesOverLong } from "./position/refuses_over_long.ts";
import { rotaryDependsOnOffset } from "./position/rotary_depends_on_offset.ts";
import { rotaryKeepsNorms } from "./position/rotary_keeps_norms.ts";
import { rotaryPrefixIndependentOfMaxLen } from "./position/rotary_prefix.ts";
import { rotaryRefusesOverLong } from "./position/rotary_refuses_over_long.ts";
import { rotaryWavelengths } from "./position/rotary_wavelengths.ts";
import { rowZero } from "./position/row_zero.ts";
import { sameForEveryBatchRow } from "./position/same_for_every_batch_row.ts";
import { shiftIsARotation } from "./position/shift_is_a_rotation.ts";
import { unitCirclePairs } from "./position/unit_circle_pairs.ts";
import { wavelengths } from "./position/wavelengths.ts";
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
import { resume, resumeInAFreshProcess } from "./save/resume.ts";
import { sharing } from "./save/sharing.ts";
import { strictAndAtomic } from "./save/strict_and_atomic.ts";

export {
  accumulates,
  agreesWithPyTorch,
  alibiLinearInDistance,
  batchIndependent,
  broadcasting,
  buffersHoldNoGraph,
  buffersNotParameters,
  callOrderIndependent,
  castsFloatsOnly,
  constructThere,
  countersCount,
  devicesAgree,
  dotProductsDependOnOffset,
  doubles,
  dropoutDrops,
  eachTensorOnce,
  evalDeterministic,
  evalPure,
  evenWidths,
  everyParameterLive,
  extraForwardIsNeutral,
  fileSizeBounded,
  freezeHolds,
  frozenIsNotABuffer,
  gradcheck,
  gradgradcheck,
  halfPrecisionAgrees,
  incrementalEqualsFull,
  inPlace,
  inputsUnchanged,
  instancesIsolated,
  layoutIndependent,
  loadEqualsRebuild,
  modelBased,
  modeReachesAll,
  moveIdempotent,
  movesAllRegistered,
  namesResolve,
  noGrowth,
  nonPersistent,
  nonStrictIsProjection,
  normStatistics,
  noUnregisteredState,
  observationIsPure,
  oddWidths,
  operationsAgree,
  optimizerStateFollowsNames,
  paddingIndependent,
  parameterIdentity,
  positionBounded,
  positionsInjective,
  prefixIndependentOfMaxLen,
  promotion,
  recipesAgree,
  refusals,
  refusesOverLong,
  resume,
  resumeInAFreshProcess,
  rotaryDependsOnOffset,
  rotaryKeepsNorms,
  rotaryPrefixIndependentOfMaxLen,
  rotaryRefusesOverLong,
  rotaryWavelengths,
  roundTrip,
  rowZero,
  sameForEveryBatchRow,
  sameSeed,
  saveIdentity,
  schemaFixed,
  sharing,
  shiftIsARotation,
  specialValues,
  stateDictAliases,
  stateDictKeysAndOrder,
  strictAndAtomic,
  tableIsABuffer,
  unitCirclePairs,
  viewsAlias,
  wavelengths,
};

export type { AgreeCase } from "./device/agrees.ts";
export type { CastCase } from "./device/casts_floats_only.ts";
export type { Move } from "./device/move.ts";
export type { ConstructCase } from "./device/construct_there.ts";
export type { HalfCase } from "./device/half_precision_agrees.ts";
export type { IdempotentCase } from "./device/idempotent.ts";
export type { RoundTripCase } from "./device/round_trip.ts";
export type { SeedCase } from "./device/same_seed.ts";
export type { BroadcastCase } from "./engine/broadcasting.ts";
export type { DoublesCase } from "./engine/float64.ts";
export type { InPlaceCase } from "./engine/in_place.ts";
export type { OperationCase } from "./engine/operations_agree.ts";
export type { Strides } from "./engine/operand.ts";
export type { PromotionCase } from "./engine/promotion.ts";
export type { SpecialCase } from "./engine/special_values.ts";
export type { ViewCase, ViewStep } from "./engine/views.ts";
export type { AccumulateCase } from "./math/accumulates.ts";
export type { BatchCase } from "./math/batch_independent.ts";
export type { GraphCase } from "./math/buffers_hold_no_graph.ts";
export type { GradCase } from "./math/gradcheck.ts";
export type { IncrementalCase } from "./math/incremental.ts";
export type { InputsCase } from "./math/inputs_unchanged.ts";
export type { LayoutCase } from "./math/layout_independent.ts";
export type { GrowthCase } from "./math/no_growth.ts";
export type { PaddingCase } from "./math/padding_independent.ts";
export type { BadInput, RefusalCase } from "./math/refusals.ts";
export type { CallOrderCase } from "./mode/call_order.ts";
export type { CountCase } from "./mode/counters_count.ts";
export type { DropoutCase } from "./mode/dropout.ts";
export type { EvalCase } from "./mode/eval_deterministic.ts";
export type { PureCase } from "./mode/eval_pure.ts";
export type { ProbeCase } from "./mode/extra_forward.ts";
export type { FreezeCase } from "./mode/freeze_holds.ts";
export type { NormCase } from "./mode/norm_statistics.ts";
export type { ModeCase } from "./mode/reaches_all.ts";
export type { AlibiCase } from "./position/alibi_linear_in_distance.ts";
export type { PrefixCase } from "./position/prefix_independent_of_max_len.ts";
export type { LongCase } from "./position/refuses_over_long.ts";
export type { RotaryCase } from "./position/rotary.ts";
export type { RotaryPrefixCase } from "./position/rotary_prefix.ts";
export type { RotaryLongCase } from "./position/rotary_refuses_over_long.ts";
export type { BatchRowCase } from "./position/same_for_every_batch_row.ts";
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
  resumeInAFreshProcess,
  optimizerStateFollowsNames,
  movesAllRegistered,
  castsFloatsOnly,
  moveIdempotent,
  constructThere,
  roundTrip,
  devicesAgree,
  halfPrecisionAgrees,
  sameSeed,
  modeReachesAll,
  evalDeterministic,
  evalPure,
  extraForwardIsNeutral,
  callOrderIndependent,
  freezeHolds,
  dropoutDrops,
  normStatistics,
  countersCount,
  inputsUnchanged,
  refusals,
  layoutIndependent,
  batchIndependent,
  paddingIndependent,
  incrementalEqualsFull,
  accumulates,
  buffersHoldNoGraph,
  noGrowth,
  gradcheck,
  gradgradcheck,
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
  wavelengths,
  positionsInjective,
  sameForEveryBatchRow,
  rotaryKeepsNorms,
  rotaryDependsOnOffset,
  rotaryWavelengths,
  rotaryPrefixIndependentOfMaxLen,
  rotaryRefusesOverLong,
  alibiLinearInDistance,
  promotion,
  doubles,
  viewsAlias,
  broadcasting,
  inPlace,
  specialValues,
  operationsAgree,
  recipesAgree,
  agreesWithPyTorch,
];
