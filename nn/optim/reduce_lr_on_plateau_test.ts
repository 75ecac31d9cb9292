import { assertEquals, assertThrows } from "@std/assert";
import { ones, StateDictError } from "../../core/mod.ts";
import { Parameter } from "../mod.ts";
import fixtures from "../testdata/schedulers.json" with { type: "json" };
import { asLoaded, assertRates, ratesOf, twoGroups } from "../testdata/schedules.ts";
import { type OptimizerWithLR, ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./mod.ts";

for (const { options: given, metrics, rates, state } of fixtures.plateau) {
  const options: ReduceLROnPlateauOptions = Object.fromEntries(
    Object.entries(given).map((
      [name, value],
    ) => [{ threshold_mode: "thresholdMode", min_lr: "minLr" }[name] ?? name, value]),
  );

  Deno.test(`ReduceLROnPlateau ${JSON.stringify(given)} sets PyTorch's rates, and has its state`, () => {
    const [first, second] = [twoGroups(), twoGroups()];
    const scheduler = new ReduceLROnPlateau(first, options);
    const resumed = new ReduceLROnPlateau(second);
    metrics.map(Number).forEach((metric, epoch) => {
      scheduler.step(metric);
      assertRates(ratesOf(first), rates[epoch]);
      if (epoch < 6) return;
      if (epoch > 6) resumed.step(metric);
      else {
        const saved = scheduler.stateDict();
        const names = Object.keys(state).filter((name) => name !== "verbose");
        assertEquals([...saved.keys()], names);
        resumed.loadStateDict(asLoaded(state) as Map<string, unknown>);
        ratesOf(first).forEach((lr, i) => second.paramGroups[i].lr = lr);
      }
      assertRates(resumed.getLastLr(), rates[epoch]);
    });
    for (const [name, value] of scheduler.stateDict()) {
      if (name !== "_last_lr") assertEquals(resumed.stateDict().get(name), value, name);
    }
  });
}

Deno.test("ReduceLROnPlateau leaves a group that is added later alone", () => {
  const optimizer = twoGroups();
  const scheduler = new ReduceLROnPlateau(optimizer, { patience: 0 });
  optimizer.addParamGroup({ params: [new Parameter(ones([1]))], lr: 7 });
  for (const metric of [1, 1]) scheduler.step(metric);
  assertRates(scheduler.getLastLr(), [0.01, 0.05, 7]);
});

Deno.test("ReduceLROnPlateau refuses senseless settings, metrics and states", () => {
  const optimizer = twoGroups();
  const refuses = (options: object, message: string) =>
    assertThrows(() => new ReduceLROnPlateau(optimizer, options), RangeError, message);
  refuses({ factor: 1 }, "factor to be below 1, got 1");
  refuses({ mode: "least" }, 'mode to be "min" or "max", got "least"');
  refuses({ thresholdMode: "no" }, 'thresholdMode to be "rel" or "abs", got "no"');
  refuses({ minLr: [0] }, "Expected 2 values of minLr, got 1");
  assertThrows(() => new ReduceLROnPlateau({} as OptimizerWithLR), TypeError, "an Optimizer");
  const scheduler = new ReduceLROnPlateau(optimizer);
  assertThrows(
    () => scheduler.step(ones([]) as unknown as number),
    TypeError,
    "expected a number, got FloatTensor",
  );
  const before = scheduler.stateDict();
  const changed = (name: string, value: unknown) =>
    new Map([...before, ["best", 1], [name, value]]);
  assertThrows(() => scheduler.loadStateDict(changed("min_lrs", [0])), StateDictError, "min_lrs");
  assertThrows(() => scheduler.loadStateDict(changed("mode", "least")), RangeError, "least");
  assertThrows(() => scheduler.loadStateDict({} as Map<string, unknown>), TypeError, "a Map");
  assertEquals(scheduler.stateDict(), before);
});
