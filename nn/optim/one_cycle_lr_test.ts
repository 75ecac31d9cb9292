import { assertEquals, assertThrows } from "@std/assert";
import { ones, StateDictError, type Tensor } from "../../core/mod.ts";
import { Parameter } from "../mod.ts";
import fixtures from "../testdata/schedulers.json" with { type: "json" };
import { asLoaded, assertRates, ratesOf, twoGroups } from "../testdata/schedules.ts";
import {
  OneCycleLR,
  type OneCycleLROptions,
  Optimizer,
  type OptimizerWithLR,
  type SavedForm,
} from "./mod.ts";

interface OneCycleCase {
  optimizer: string;
  options: Record<string, unknown>;
  values: [rates: number[], momenta: number[]][];
  state: Record<string, unknown>;
  group: Record<string, unknown>;
  message: string;
}

const ours = (name: string) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const momentaOf = (optimizer: OptimizerWithLR) =>
  (optimizer.paramGroups as { betas?: number[]; momentum?: number }[]).map(({ betas, momentum }) =>
    betas?.[0] ?? momentum!
  );
const groupsOf = (optimizer: OptimizerWithLR) =>
  optimizer.stateDict().get("param_groups") as Map<string, unknown>[];

for (const fixture of fixtures.oneCycle as unknown as OneCycleCase[]) {
  const { optimizer: name, values, state, group } = fixture;
  const { max_lr, ...rest } = fixture.options;
  const options = Object.fromEntries(Object.entries(rest).map(([key, v]) => [ours(key), v]));
  const make = (optimizer: OptimizerWithLR) =>
    new OneCycleLR(
      optimizer,
      max_lr as number,
      options as unknown as OneCycleLROptions & { totalSteps: number },
    );
  const about = `OneCycleLR of ${name} ${JSON.stringify(fixture.options)}`;

  Deno.test(`${about}: step() sets PyTorch's rates and momenta, and ends where PyTorch's does`, () => {
    const optimizer = twoGroups(name, 0.9);
    const scheduler = make(optimizer);
    values.forEach(([rates, momenta], step) => {
      if (step > 0) scheduler.step();
      assertRates(ratesOf(optimizer), rates);
      assertRates(momentaOf(optimizer), momenta);
    });
    const before = scheduler.stateDict();
    const steps = values.length;
    assertThrows(() => scheduler.step(), RangeError, `Tried to step ${steps} times.`);
    assertEquals(scheduler.stateDict(), before);
    for (const step of [4, 0, 7]) {
      scheduler.step(step);
      assertRates(ratesOf(optimizer), values[step][0]);
      assertRates(momentaOf(optimizer), values[step][1]);
    }
  });

  Deno.test(`${about}: the states have PyTorch's names, and PyTorch's can be taken over`, async () => {
    const first = twoGroups(name, 0.9);
    const scheduler = make(first);
    for (let step = 0; step < 4; step++) scheduler.step();
    const saved = scheduler.stateDict();
    const names = Object.keys(state).filter((key) => key !== "verbose");
    assertEquals(names.filter((key) => !saved.has(key)), []);
    assertEquals(saved.get("_schedule_phases"), asLoaded(state._schedule_phases));
    const own = groupsOf(first)[1];
    const known = Object.keys(group);
    assertEquals([...own.keys()].filter((key) => known.includes(key)), known);
    assertRates([own.get("initial_lr") as number], [group.initial_lr as number]);

    // Another schedule, which the saved one replaces.
    const second = twoGroups(name, 0.9);
    const resumed = new OneCycleLR(second, 9, { ...options, totalSteps: 3 });
    await second.loadStateDict(first.stateDict());
    resumed.loadStateDict(asLoaded(state) as Map<string, unknown>);
    for (const [rates, momenta] of values.slice(5)) {
      resumed.step();
      assertRates(ratesOf(second), rates);
      assertRates(momentaOf(second), momenta);
    }
  });
}

Deno.test("A OneCycleLR that is made to go on takes its bounds from the groups", async () => {
  const [first, second] = [twoGroups("Adam"), twoGroups("Adam")];
  const made = new OneCycleLR(first, 1, { totalSteps: 10 });
  for (let step = 0; step < 3; step++) made.step();
  await second.loadStateDict(first.stateDict());
  const resumed = new OneCycleLR(second, 77, { totalSteps: 10, lastEpoch: 2 });
  assertEquals([ratesOf(second), momentaOf(second)], [ratesOf(first), momentaOf(first)]);
  assertEquals(resumed.lastEpoch, 3);
});

class Plain extends Optimizer<{ lr: number }> {
  protected override readonly saved: SavedForm = { options: [], required: [], optional: [] };
  protected override update(_: Tensor): void {}
  protected override check(): void {}
}

Deno.test("OneCycleLR refuses senseless settings, and groups that it does not know", () => {
  const optimizer = twoGroups();
  const totalSteps = 5;
  const refuses = (options: Record<string, unknown>, message: string) =>
    assertThrows(
      () => new OneCycleLR(optimizer, 1, options as unknown as { totalSteps: number }),
      RangeError,
      message,
    );
  refuses({}, "expected totalSteps, or epochs and stepsPerEpoch");
  refuses({ epochs: 3 }, "expected totalSteps, or epochs and stepsPerEpoch");
  refuses({ totalSteps: 0 }, "totalSteps to be a whole number from 1 up, got 0");
  refuses({ epochs: 0.5, stepsPerEpoch: 3 }, "epochs to be a whole number");
  refuses({ totalSteps, pctStart: 1.5 }, "pctStart to be from 0 to 1, got 1.5");
  refuses({ totalSteps, annealStrategy: "sine" }, 'got "sine"');
  refuses({ totalSteps, maxMomentum: [0.9] }, "Expected 2 values of maxMomentum, got 1");
  assertEquals(optimizer.paramGroups.map(({ maxLr }) => maxLr), [undefined, undefined]);
  const plain = new Plain([new Parameter(ones([1]))], { lr: 1 });
  assertThrows(() => new OneCycleLR(plain, 1, { totalSteps }), TypeError, "has no momentum");
  new OneCycleLR(plain, 1, { totalSteps, cycleMomentum: false }).step();
  assertThrows(() => new OneCycleLR({} as Plain, 1, { totalSteps }), TypeError, "an Optimizer");

  const scheduler = new OneCycleLR(optimizer, 1, { totalSteps });
  optimizer.addParamGroup({ params: [new Parameter(ones([1]))] });
  const before = ratesOf(optimizer);
  assertThrows(() => scheduler.step(), TypeError, "maxLr is not specified in a group");
  assertEquals([ratesOf(optimizer), scheduler.lastEpoch], [before, 0]);
  const state = scheduler.stateDict();
  state.delete("total_steps");
  assertThrows(() => scheduler.loadStateDict(state), StateDictError, "Missing total_steps.");
});
