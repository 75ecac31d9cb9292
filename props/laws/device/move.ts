/**
 * What moving and casting have in common: which objects, names, ties, flags, values and gradients there
 * are afterwards.
 *
 * @module
 */
import { type DeviceName, type DType, DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, restore, sameBits, sameList, type Snapshot, snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { contentsOf, type Entry, type Instance, parametersOnce, tiesIn } from "../../instance.ts";
import type { Evidence } from "../../law.ts";

/** What a new instance has before it is moved or cast. */
export interface Move {
  /** The seed of the instance and its gradients. */
  seed: number;
  /** Which parameters get a gradient, bit by bit. */
  grads: number;
  /** Which are frozen. */
  frozen: number;
}

/** Draws what is moved; where to is each law's own. */
export function moves(): fc.Arbitrary<Move> {
  const bits = fc.integer({ min: 0, max: 255 });
  return fc.record({ seed: seeds(), grads: bits, frozen: bits });
}

/**
 * Moves or casts a new instance and demands that everything else is as it was.
 *
 * @param evidence Where comparisons are counted.
 * @param instance The instance.
 * @param move What it has before.
 * @param target A device or a dtype.
 * @returns The bits before.
 * @throws {Refutation} At the first thing that is not as it was.
 */
export async function judgeMove(
  evidence: Evidence,
  instance: Instance,
  move: Move,
  target: DeviceName | DType,
): Promise<ReadonlyMap<string, Snapshot>> {
  await prepare(instance, move);
  const { entries } = await instance.list();
  const values = await instance.read(), gradients = await instance.gradients();
  const others = await instance.unregistered();

  await instance.to(target);

  const after = (await instance.list()).entries;
  sameList(evidence, "to() changes the names", "names", after.map(nameOf), entries.map(nameOf));
  after.forEach(({ name, object }, i) =>
    demand(evidence, object === entries[i].object, {
      what: "to() replaces the object: optimizers and other handles keep the old one",
      where: name,
      expected: "the same object",
      actual: "another object",
    })
  );
  sameList(evidence, "to() changes requiresGrad", "flags", after.map(flagOf), entries.map(flagOf));
  sameList(evidence, "to() unties what shares memory", "ties", tiesIn(after), tiesIn(entries));
  const isCast = target in DTYPES;
  const expected = (of: Snapshot) => isCast ? castTo(of, target as DType) : of;
  for (const [name, value] of await instance.read()) {
    const what = isCast ? "The cast is wrong" : "to() changes a value";
    sameBits(evidence, what, name, value, await expected(values.get(name)!));
  }
  const now = await instance.gradients();
  sameList(evidence, "to() loses gradients", "grads", [...now.keys()], [...gradients.keys()]);
  for (const [name, value] of now) {
    const what = "to() changes a gradient";
    sameBits(evidence, what, `${name}.grad`, value, await expected(gradients.get(name)!));
  }
  const there = new Map((await instance.unregistered()).map((other) => [other.where, other]));
  for (const { where, device, memory } of others) {
    const other = there.get(where);
    demand(evidence, other?.device === device && other.memory === memory, {
      what: "to() moves a tensor that is not registered",
      where,
      expected: `on "${device}", as it was`,
      actual: other === undefined ? "nothing" : `on "${other.device}"`,
    });
  }
  return values;
}

const nameOf = ({ name }: Entry): string => name;
const flagOf = ({ name, requiresGrad }: Entry): string => `${name} requiresGrad=${requiresGrad}`;

/** Gives some parameters gradients, and freezes some. */
async function prepare(instance: Instance, { seed, grads, frozen }: Move): Promise<void> {
  const parameters = parametersOnce(await instance.list());
  const chosen = (bits: number) =>
    parameters.filter(({ dtype }, i) => DTYPES[dtype].kind === "float" && (bits >> (i % 8)) & 1);
  await instance.requireGrad(false, chosen(frozen).map(nameOf));
  const gradients = chosen(grads).map(({ name, shape, dtype }, i): [string, Snapshot] => [
    name,
    contentsOf({ tensor: shape, dtype, fill: "normal", seed: seed ^ i }),
  ]);
  await instance.setGradients(new Map(gradients));
}

async function castTo(of: Snapshot, dtype: DType): Promise<Snapshot> {
  if (DTYPES[of.dtype].kind !== "float") return of;
  return await snapshot(restore(of).type(dtype));
}
