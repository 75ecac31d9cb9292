/**
 * What is to be judged: one unit for each law, subject and device, in an order that depends on
 * nothing but their names.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import { hash } from "../hash.ts";
import type { Law } from "../law.ts";
import type { FoundSubject } from "../load_subjects.ts";
import type { Plan, Result, Shard } from "../results.ts";

/** What one result is about. */
export interface Unit {
  /** The law's id. */
  readonly law: string;
  /** The subject's name. */
  readonly subject: string;
  /** Where. */
  readonly device: DeviceName;
}

/** A unit, and where its subject is to be found. */
export interface PlannedUnit extends Unit {
  /** The URL of the subject's file. */
  readonly file: string;
  /** The subject's place in it. */
  readonly index: number;
}

/**
 * The name of a unit, which is the same in every run.
 *
 * @param unit The unit, or its result.
 * @returns `law@subject@device`.
 */
export function unitId({ law, subject, device }: Unit | Result): string {
  return `${law}@${subject}@${device}`;
}

/**
 * Every unit, by law, then subject, then device.
 *
 * @param laws By what.
 * @param subjects What.
 * @param devices Where.
 * @returns The units in order.
 */
export function planUnits(
  laws: readonly Pick<Law, "id">[],
  subjects: readonly FoundSubject[],
  devices: readonly DeviceName[],
): PlannedUnit[] {
  return laws.flatMap(({ id }) =>
    subjects.flatMap(({ name, file, index }) =>
      devices.map((device) => ({ law: id, subject: name, device, file, index }))
    )
  );
}

/**
 * What tells a plan from another: its units, the versions of its laws and its seed.
 *
 * @param units Every unit of the plan, in all shards.
 * @param laws The laws, with their versions.
 * @param seed The master seed.
 * @returns A hash, and how many units there are.
 */
export async function planOf(
  units: readonly Unit[],
  laws: readonly Pick<Law, "id" | "version">[],
  seed: number,
): Promise<Plan> {
  const text = JSON.stringify([
    units.map(unitId).sort(),
    laws.map(({ id, version }) => `${id}@${version}`).sort(),
    seed,
  ]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return { hash: new Uint8Array(digest).toHex().slice(0, 16), size: units.length };
}

/**
 * Whether a unit belongs to a shard: its id alone decides, so that a new subject moves no other.
 *
 * @param unit The unit.
 * @param shard The shard; without one, all belong.
 * @returns Whether it does.
 */
export function inShard(unit: Unit, shard: Shard | undefined): boolean {
  return shard === undefined || hash(unitId(unit)) % shard.of === shard.index - 1;
}
