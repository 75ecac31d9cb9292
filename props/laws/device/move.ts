/**
 * What moving and casting have in common: which objects, names, ties, flags, values and gradients there
 * are afterwards.
 *
 * @module
 */
import { type DType, DTYPES, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { buildTensor, seeds } from "../../argument.ts";
import {
  demand,
  restore,
  sameBits,
  sameList,
  type Snapshot,
  snapshot,
  snapshots,
} from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence } from "../../law.ts";
import { tieGroups } from "../../state.ts";
import { reachable, registered } from "../../walk.ts";

/** What is done to a new instance. */
export interface Move {
  /** The seed of the instance and its gradients. */
  seed: number;
  /** To another device, or to a dtype. */
  to: "device" | DType;
  /** Which parameters get a gradient, bit by bit. */
  grads: number;
  /** Which are frozen. */
  frozen: number;
}

/** Draws what is moved; where to is each law's own. */
export function moves(): fc.Arbitrary<Omit<Move, "to">> {
  const bits = fc.integer({ min: 0, max: 255 });
  return fc.record({ seed: seeds(), grads: bits, frozen: bits });
}

/** The instance after it was moved, what was compared, and the bits before. */
export interface Moved {
  module: Module;
  evidence: Evidence;
  before: ReadonlyMap<string, Snapshot>;
}

/**
 * Moves or casts a new instance and demands that everything else is as it was.
 *
 * @throws {Refutation} At the first thing that is not.
 */
export async function judgeMove(context: Context, move: Move): Promise<Moved> {
  const { seed, to, grads, frozen } = move;
  const evidence = new Evidence().note("to", to);
  const module = await context.make(seed);
  for (const [name, { device }] of registered(module)) {
    demand(evidence, device === context.device, {
      what: "to() leaves a registered tensor where the constructor put it",
      where: name,
      expected: `on "${context.device}"`,
      actual: `on "${device}"`,
    });
  }
  prepare(context, module, grads, frozen, seed);
  const names = registered(module);
  const before = await snapshots(names);
  const facts = describe(names);
  // The move to the judged device has to keep ties too.
  const ties = tieGroups(registered(context.construct(seed)));
  const gradients = await snapshots(gradientsOf(names));
  const others = plainTensors(module);
  const plain = others.map(([, value]) => ({ storage: value.storage, device: value.device }));

  const target = to === "device" ? context.otherDevice : to;
  await context.wait(`to("${target}")`, () => module.to(target));

  const after = registered(module);
  sameList(evidence, "to() changes the names", "names", after.map(nameOf), names.map(nameOf));
  after.forEach(([name, value], i) => {
    demand(evidence, value === names[i][1], {
      what: "to() replaces the object: optimizers and other handles keep the old one",
      where: name,
      expected: "the same object",
      actual: "another object",
    });
    if (to !== "device") return;
    demand(evidence, value.device === target, {
      what: "to() leaves a registered tensor behind",
      where: name,
      expected: `on "${target}"`,
      actual: `on "${value.device}"`,
    });
  });
  sameList(evidence, "to() changes requiresGrad", "requiresGrad", describe(after), facts);
  sameList(evidence, "to() unties what shares memory", "ties", tieGroups(after), ties);
  const cast = (of: Snapshot) => castTo(of, to);
  for (const [name, value] of await snapshots(after)) {
    const what = to === "device" ? "to() changes a value" : "The cast is wrong";
    sameBits(evidence, what, name, value, await cast(before.get(name)!));
  }
  const now = await snapshots(gradientsOf(after));
  sameList(evidence, "to() loses gradients", "grads", [...now.keys()], [...gradients.keys()]);
  for (const [name, value] of now) {
    sameBits(evidence, "to() changes a gradient", name, value, await cast(gradients.get(name)!));
  }
  for (const [name, { device }] of gradientsOf(after)) {
    demand(evidence, to !== "device" || device === target, {
      what: "to() leaves a gradient behind",
      where: name,
      expected: `on "${target}"`,
      actual: `on "${device}"`,
    });
  }
  others.forEach(([path, { device, storage }], i) => {
    demand(evidence, device === plain[i].device && storage === plain[i].storage, {
      what: "to() moves a tensor that is not registered",
      where: `this.${path}`,
      expected: `on "${plain[i].device}", as it was`,
      actual: `on "${device}"`,
    });
  });
  return { module, evidence, before };
}

const nameOf = ([name]: readonly [string, Tensor]): string => name;

function describe(named: readonly (readonly [string, Tensor])[]): string[] {
  return named.map(([name, { requiresGrad }]) => `${name} requiresGrad=${requiresGrad}`);
}

function gradientsOf(named: readonly (readonly [string, Tensor])[]): [string, Tensor][] {
  return named.flatMap(([name, { grad }]): [string, Tensor][] =>
    grad === null ? [] : [[`${name}.grad`, grad]]
  );
}

/** Gives some parameters gradients, and freezes some. */
function prepare(
  context: Context,
  module: Module,
  grads: number,
  frozen: number,
  seed: number,
): void {
  module.parameters().forEach((parameter, i) => {
    if (!isFloating(parameter)) return;
    if ((frozen >> (i % 8)) & 1) parameter.requiresGrad_(false);
    if (!((grads >> (i % 8)) & 1)) return;
    const spec = { tensor: parameter.shape, dtype: parameter.dtype, fill: "normal" as const };
    parameter.grad = buildTensor({ ...spec, seed: seed ^ i }, context.device);
  });
}

function plainTensors(module: Module): [string, Tensor][] {
  const known = new Set(registered(module).map(([, value]) => value));
  const memory = new Set([...known].map(({ storage }) => storage));
  return reachable(module).tensors
    .filter(({ value }) => !known.has(value) && !memory.has(value.storage))
    .map(({ path, value }) => [path, value]);
}

async function castTo(of: Snapshot, to: "device" | DType): Promise<Snapshot> {
  if (to === "device" || DTYPES[of.dtype].kind !== "float") return of;
  return await snapshot(restore(of).type(to));
}
