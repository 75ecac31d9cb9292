/**
 * Judging in the process that asks: without `--allow-run` there is no other.
 *
 * @module
 */
import { openDevice } from "../../core/mod.ts";
import { allLaws } from "../laws/mod.ts";
import { importFile, subjectsOf } from "../load_subjects.ts";
import type { Result } from "../results.ts";
import { judge, type JudgeOptions } from "../runner.ts";
import type { Subject } from "../subject.ts";
import type { Item, Judging } from "./judging.ts";
import type { Order } from "./protocol.ts";

/**
 * Judges in this process, one unit after the other: what hangs or ends the process stops the run.
 *
 * @returns How to judge.
 */
export function inProcess(): Judging {
  const loaded = new Map<string, Subject[]>();
  return {
    isolated: false,
    async list(file) {
      const subjects = subjectsOf(await importFile(file));
      loaded.set(file, subjects);
      return subjects.map(({ name }) => name);
    },
    async judge(items: readonly Item[], { signal, onStart, onEnd }) {
      for (const item of items) {
        if (signal.aborted) return;
        onStart(item.unit);
        onEnd(item.unit, await carryOut(item.order, loaded.get(item.unit.file)!));
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * Judges what an order says.
 *
 * @param order The order.
 * @param subjects The subjects of its file.
 * @param told Is told of cases when they are drawn and when they begin, and of the other device.
 * @returns The result.
 */
export async function carryOut(
  { index, subject: name, law: id, devices, ...how }: Order,
  subjects: Subject[],
  told: Pick<JudgeOptions, "onDrawn" | "onCase" | "onPartner"> = {},
): Promise<Result> {
  for (const device of devices) await openDevice(device);
  const law = allLaws.find((each) => each.id === id)!;
  if (subjects[index].name !== name) subjects[index] = { ...subjects[index], name };
  return await judge(law, subjects[index], { ...how, ...told });
}
