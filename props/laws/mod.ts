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
import { broadcasting } from "./engine/broadcasting.ts";
import { doubles } from "./engine/float64.ts";
import { inPlace } from "./engine/in_place.ts";
import { operationsAgree } from "./engine/operations_agree.ts";
import { promotion } from "./engine/promotion.ts";
import { recipesAgree } from "./engine/recipes_agree.ts";
import { specialValues } from "./engine/special_values.ts";
import { viewsAlias } from "./engine/views.ts";
import { gradcheck } from "./math/gradcheck.ts";
import { inputsUnchanged } from "./math/inputs_unchanged.ts";
import { evalDeterministic } from "./mode/eval_deterministic.ts";
import { modeReachesAll } from "./mode/reaches_all.ts";
import { alibiLinearInDistance } from "./position/alibi_linear_in_distance.ts";
import { positionBounded } from "./position/bounded.ts";
import { tableIsABuffer } from "./position/buffer_not_parameter.ts";
import { dotProductsDependOnOffset } from "./position/dot_products.ts";
import { prefixIndependentOfMaxLen } from "./position/prefix_independent_of_max_len.ts";
import { positionsInjective } from "./position/injective.ts";
import { refusesOverLong } from "./position/refuses_over_long.ts";
import { rotaryDependsOnOffset } from "./position/rotary_depends_on_offset.ts";
import { rotaryKeepsNorms } from "./position/rotary_keeps_norms.ts";
import { rowZero } from "./position/row_zero.ts";
import { sameForEveryBatchRow } from "./position/same_for_every_batch_row.ts";
import { shiftIsARotation } from "./position/shift_is_a_rotation.ts";
import { unitCirclePairs } from "./position/unit_circle_pairs.ts";
import { wavelengths } from "./position/wavelengths.ts";
import { evenWidths, oddWidths } from "./position/widths.ts";
import { buffersNotParameters } from "./registration/buffers_not_parameters.ts";
import { noUnregisteredState } from "./registration/no_unregistered_state.ts";
import { stateDictKeysAndOrder } from "./registration/state_dict_keys_and_order.ts";
import { saveIdentity } from "./save/identity.ts";
import { strictAndAtomic } from "./save/strict_and_atomic.ts";

export {
  agreesWithPyTorch,
  alibiLinearInDistance,
  broadcasting,
  buffersNotParameters,
  devicesAgree,
  dotProductsDependOnOffset,
  doubles,
  evalDeterministic,
  evenWidths,
  gradcheck,
  inPlace,
  inputsUnchanged,
  modeReachesAll,
  movesAllRegistered,
  noUnregisteredState,
  oddWidths,
  operationsAgree,
  positionBounded,
  positionsInjective,
  prefixIndependentOfMaxLen,
  promotion,
  recipesAgree,
  refusesOverLong,
  rotaryDependsOnOffset,
  rotaryKeepsNorms,
  roundTrip,
  rowZero,
  sameForEveryBatchRow,
  sameSeed,
  saveIdentity,
  shiftIsARotation,
  specialValues,
  stateDictKeysAndOrder,
  strictAndAtomic,
  tableIsABuffer,
  unitCirclePairs,
  viewsAlias,
  wavelengths,
};

export type { AgreeCase, Layout } from "./device/agrees.ts";
export type { MoveCase } from "./device/moves_all_registered.ts";
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
export type { GradCase } from "./math/gradcheck.ts";
export type { InputsCase } from "./math/inputs_unchanged.ts";
export type { EvalCase } from "./mode/eval_deterministic.ts";
export type { ModeCase } from "./mode/reaches_all.ts";
export type { AlibiCase } from "./position/alibi_linear_in_distance.ts";
export type { PrefixCase } from "./position/prefix_independent_of_max_len.ts";
export type { LongCase } from "./position/refuses_over_long.ts";
export type { RotaryCase } from "./position/rotary.ts";
export type { BatchCase } from "./position/same_for_every_batch_row.ts";
export type { ShiftCase } from "./position/shift_is_a_rotation.ts";
export type { TableCase } from "./position/table.ts";
export type { UnregisteredCase } from "./registration/no_unregistered_state.ts";
export type { SaveCase } from "./save/identity.ts";
export type { Damage, DamageCase } from "./save/strict_and_atomic.ts";
export type { Operation, Program, Step } from "./engine/program.ts";

/** Every law, family by family: what is judged when nothing else is said. */
export const allLaws: readonly Law[] = [
  noUnregisteredState,
  buffersNotParameters,
  stateDictKeysAndOrder,
  saveIdentity,
  strictAndAtomic,
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
  wavelengths,
  positionsInjective,
  sameForEveryBatchRow,
  rotaryKeepsNorms,
  rotaryDependsOnOffset,
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
