/** What the tests of schedulers share. */
import { assert, assertEquals } from "@std/assert";
import { ones } from "../../core/mod.ts";
import { Parameter } from "../mod.ts";
import { Adam, type OptimizerWithLR, SGD } from "../optim/mod.ts";

/** An optimizer of two parameters with rates of their own, as the generator of fixtures makes it. */
export function twoGroups(name = "SGD", momentum = 0): OptimizerWithLR {
  const groups = [{ params: [new Parameter(ones([1]))] }, {
    params: [new Parameter(ones([1]))],
    lr: 0.5,
  }];
  return name === "SGD" ? new SGD(groups, { lr: 0.1, momentum }) : new Adam(groups, { lr: 0.1 });
}

/** The rates of an optimizer's groups. */
export const ratesOf = (optimizer: OptimizerWithLR): number[] =>
  optimizer.paramGroups.map(({ lr }) => lr);

/** Powers and cosines of two languages differ in their last bit, which chaining adds up. */
export function assertRates(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((rate, i) => {
    assert(Math.abs(rate - expected[i]) <= 1e-14, `${actual} is not ${expected}`);
  });
  assertEquals(actual.length, expected.length);
}

/** A state as `load` returns it: dicts are Maps, and a Counter has numbers for keys. */
export function asLoaded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asLoaded);
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  return new Map(
    Object.entries(value).map(([key, item]) => [/^\d+$/.test(key) ? +key : key, asLoaded(item)]),
  );
}
