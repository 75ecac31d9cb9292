/**
 * The laws: what an engine with PyTorch's semantics for state, and every module built on it, must
 * obey; and the means to judge by them.
 *
 * - In tests: {@linkcode testModule} registers a test for each law.
 * - As a gate in CI: `deno task conform my_models.ts`, or {@linkcode conform} in a program.
 * - One law, one subject: {@linkcode judge}.
 * - Modules of another library: {@linkcode pytorch}, {@linkcode tensorflow}, and
 *   {@linkcode librarySubjects} for any other.
 *
 * A law is refuted by a case, which is plain data: it is printed, made as small as possible, and
 * replayed by one command.
 *
 * @example Judge a module that keeps a tensor as a plain field
 * ```ts
 * import { linspace, type Tensor } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { judge, noUnregisteredState, subject } from "@touchstone/touchstone/props";
 * import { assertEquals } from "@std/assert";
 *
 * class Scaled extends nn.Module {
 *   lin = new nn.Linear(4, 4);
 *   table = linspace(0, 1, 4); // neither saved nor moved
 *   override forward(x: Tensor): Tensor {
 *     return this.lin.forward(x).mul(this.table);
 *   }
 * }
 * const { verdict, refutation } = await judge(noUnregisteredState, subject("Scaled", () => new Scaled()));
 * assertEquals([verdict, refutation?.where], ["refuted", "this.table"]);
 * ```
 *
 * @module
 */
export { type LibraryModule, librarySubjects } from "./adapters/library.ts";
export { pytorch, type PyTorchOptions } from "./adapters/pytorch.ts";
export { ServerError, type ServerOptions } from "./adapters/server.ts";
export { tensorflow } from "./adapters/tensorflow.ts";
export {
  type Argument,
  buildArgument,
  buildTensor,
  inputs,
  seeds,
  type TensorInput,
  type TensorSpec,
} from "./argument.ts";
export {
  canonical,
  demand,
  outputsOf,
  sameBits,
  sameList,
  sameStates,
  type Snapshot,
  snapshot,
  snapshots,
} from "./compare.ts";
export { Context } from "./context.ts";
export {
  BINARY,
  type BinaryName,
  type Engine,
  type EngineOperations,
  type ReductionName,
  REDUCTIONS,
  touchstone,
  UNARY,
  type UnaryName,
} from "./engine.ts";
export type { Absence } from "./devices.ts";
export { examine, type Examined } from "./examine.ts";
export { fc } from "./fast_check.ts";
export type { Fill } from "./fill.ts";
export { ExpectationError, parseExpectations } from "./gate/expectations.ts";
export { merge } from "./gate/merge.ts";
export { fromNdjson, ReportError, toNdjson } from "./gate/ndjson.ts";
export { conform, type ConformOptions, exitCode } from "./gate.ts";
export {
  type CallOptions,
  type Contents,
  type Edit,
  type Entry,
  type Given,
  type HeldEntry,
  type HeldState,
  type InputTensor,
  type Instance,
  type Layer,
  type Lead,
  type Listing,
  type LoadOutcome,
  type Look,
  type Once,
  type OptimizerChoice,
  Output,
  type OutputTensor,
  type Part,
  type Refusal,
  Training,
} from "./instance.ts";
export {
  type Capability,
  Evidence,
  type Findings,
  IllConditioned,
  type Json,
  type Law,
  law,
  Refutation,
} from "./law.ts";
export * from "./laws/mod.ts";
export type { Layout } from "./layout.ts";
export { loadSubjects, SubjectFileError, subjectsOf } from "./load_subjects.ts";
export {
  countLine,
  githubAnnotations,
  githubSummary,
  html,
  junit,
  type PrintOptions,
  printReport,
  refutationText,
} from "./report/mod.ts";
export type {
  Cause,
  Counts,
  Expectation,
  Plan,
  Refuted,
  Report,
  Result,
  Shard,
  Stale,
  SubjectInfo,
  Verdict,
  Versions,
} from "./results.ts";
export { judge, type JudgeOptions } from "./runner.ts";
export { binomialTail } from "./statistics.ts";
export {
  type AlibiClaim,
  type Apart,
  type Claims,
  type Elsewhere,
  engineSubject,
  type ExpectedClaim,
  type IncrementalClaim,
  type PaddingClaim,
  type PositionalClaim,
  type RotaryClaim,
  type Subject,
  subject,
  type SubjectOptions,
} from "./subject.ts";
export { builtinSubjects } from "./subjects/builtin.ts";
export { testModule, type TestModuleOptions } from "./test_module.ts";
