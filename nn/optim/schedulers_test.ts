import { assert, assertEquals, assertThrows } from "@std/assert";
import { ones, StateDictError } from "../../core/mod.ts";
import { Parameter } from "../mod.ts";
import fixtures from "../testdata/schedulers.json" with { type: "json" };
import {
  CosineAnnealingLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LRScheduler,
  MultiStepLR,
  type OptimizerWithLR,
  SequentialLR,
  SGD,
  StepLR,
} from "./mod.ts";

type Make = (o: OptimizerWithLR) => LRScheduler;

const makers: Record<string, Make> = {
  "StepLR": (o) => new StepLR(o, 3, { gamma: 0.5 }),
  "MultiStepLR": (o) => new MultiStepLR(o, [2, 5, 5, 9]),
  "ExponentialLR": (o) => new ExponentialLR(o, 0.9),
  "LinearLR": (o) => new LinearLR(o, { startFactor: 0.25, endFactor: 0.75, totalIters: 7 }),
  "LinearLR default": (o) => new LinearLR(o),
  "CosineAnnealingLR": (o) => new CosineAnnealingLR(o, 4, { etaMin: 0.01 }),
  "LambdaLR": (o) => new LambdaLR(o, [(e) => 1 / (1 + e), (e) => 0.5 + e]),
  "SequentialLR": (o) =>
    new SequentialLR(o, [
      new LinearLR(o, { totalIters: 3 }),
      new CosineAnnealingLR(o, 5),
      new ExponentialLR(o, 0.9),
    ], [3, 8]),
};
const chains: Record<string, Make[]> = {
  "chained": [makers["ExponentialLR"], makers["StepLR"], makers["LinearLR default"]],
};

const p = () => new Parameter(ones([1]));
const twoGroups = () => new SGD([{ params: [p()] }, { params: [p()], lr: 0.5 }], { lr: 0.1 });
const ratesOf = (optimizer: OptimizerWithLR) => optimizer.paramGroups.map(({ lr }) => lr);
const groupOf = (optimizer: OptimizerWithLR) =>
  (optimizer.stateDict().get("param_groups") as Map<string, unknown>[])[0];

/** Powers and cosines of two languages differ in their last bit, which chaining adds up. */
function assertRates(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((rate, i) => {
    assert(Math.abs(rate - expected[i]) <= 1e-14, `${actual} is not ${expected}`);
  });
  assertEquals(actual.length, expected.length);
}

/** A state as `load` returns it: dicts are Maps, and a Counter has numbers for keys. */
function asLoaded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asLoaded);
  if (typeof value !== "object" || value === null) return value;
  return new Map(
    Object.entries(value).map(([key, item]) => [/^\d+$/.test(key) ? +key : key, asLoaded(item)]),
  );
}

for (const { name, rates, states, groupKeys } of fixtures.cases) {
  const makes = chains[name] ?? [makers[name]];

  Deno.test(`${name}: step() sets PyTorch's rates`, () => {
    const optimizer = twoGroups();
    const made = makes.map((make) => make(optimizer));
    rates.forEach((expected, epoch) => {
      if (epoch > 0) { for (const scheduler of made) scheduler.step(); }
      assertRates(ratesOf(optimizer), expected);
      for (const scheduler of made) assertEquals(scheduler.getLastLr(), ratesOf(optimizer));
    });
    const known = [...groupOf(optimizer).keys()].filter((key) => groupKeys.includes(key));
    assertEquals(known, groupKeys);
  });

  Deno.test(`${name}: stateDict() has PyTorch's names, and loadStateDict() takes PyTorch's`, async () => {
    const first = twoGroups();
    const made = makes.map((make) => make(first));
    for (let epoch = 0; epoch < 4; epoch++) for (const scheduler of made) scheduler.step();
    const second = twoGroups();
    const resumed = makes.map((make) => make(second));
    await second.loadStateDict(first.stateDict());
    resumed.forEach((scheduler, i) => {
      const ours = made[i].stateDict();
      const names = Object.keys(states[i]).filter((key) => key !== "verbose");
      assertEquals(names.filter((key) => !ours.has(key)), []);
      assertEquals(ours.get("last_epoch"), states[i].last_epoch);
      scheduler.loadStateDict(asLoaded(states[i]) as Map<string, unknown>);
    });
    for (const expected of rates.slice(5)) {
      for (const scheduler of resumed) scheduler.step();
      assertRates(ratesOf(second), expected);
    }
  });

  Deno.test(`${name}: a resumed schedule goes on bit for bit`, async () => {
    const [first, second] = [twoGroups(), twoGroups()];
    const made = makes.map((make) => make(first));
    const resumed = makes.map((make) => make(second));
    for (let epoch = 0; epoch < 6; epoch++) for (const scheduler of made) scheduler.step();
    await second.loadStateDict(first.stateDict());
    resumed.forEach((scheduler, i) => scheduler.loadStateDict(made[i].stateDict()));
    for (let epoch = 6; epoch < 13; epoch++) {
      for (const scheduler of [...made, ...resumed]) scheduler.step();
      assertEquals(ratesOf(second), ratesOf(first));
      resumed.forEach((s, i) => assertEquals(s.stateDict(), made[i].stateDict()));
    }
  });

  if (makes.length > 1) continue;
  Deno.test(`${name}: step(epoch) goes to any epoch at once`, () => {
    const optimizer = twoGroups();
    const scheduler = makes[0](optimizer);
    for (const epoch of [7, 0, 12, 3]) {
      scheduler.step(epoch);
      assertEquals(scheduler.lastEpoch, epoch);
      assertRates(ratesOf(optimizer), rates[epoch]);
    }
  });
}

Deno.test("A scheduler that is made to go on needs initialLr, and starts after lastEpoch", () => {
  const optimizer = new SGD([p()], { lr: 0.3 });
  const make = () => new CosineAnnealingLR(optimizer, 4, { lastEpoch: 1 });
  assertThrows(make, TypeError, "initialLr is not specified in paramGroups[0]");
  optimizer.paramGroups[0].initialLr = 0.1;
  assertEquals(make().lastEpoch, 2);
  assertRates(ratesOf(optimizer), [fixtures.resumed]);
});

Deno.test("A group that is added later keeps its rate", () => {
  const optimizer = new SGD([p()], { lr: 1 });
  const scheduler = new ExponentialLR(optimizer, 0.5);
  optimizer.addParamGroup({ params: [p()], lr: 7 });
  scheduler.step();
  assertEquals(scheduler.getLastLr(), [0.5, 7]);
});

Deno.test("loadStateDict() finds every problem first, and changes nothing", () => {
  const optimizer = twoGroups();
  for (const name of ["StepLR", "SequentialLR"]) {
    const scheduler = makers[name](optimizer);
    scheduler.step();
    const before = scheduler.stateDict();
    const bad = new Map<string, unknown>([...before, ["base_lrs", [1]], ["last_epoch", "two"]]);
    const error = assertThrows(() => scheduler.loadStateDict(bad), StateDictError);
    assertEquals((error as StateDictError).mismatched, [
      "base_lrs has 1 entries, expected 2.",
      "last_epoch is two, expected a number.",
    ]);
    assertEquals(scheduler.stateDict(), before);
    assertThrows(() => scheduler.loadStateDict({} as Map<string, unknown>), TypeError, "a Map");
  }
  const step = makers["StepLR"](optimizer);
  assertThrows(() => step.loadStateDict(new Map()), StateDictError, "Missing step_size.");
  const sequence = makers["SequentialLR"](optimizer);
  for (const schedulers of [[], [new Map(), new Map(), new Map()]]) {
    const before = sequence.stateDict();
    const bad = new Map([...before, ["_schedulers", schedulers], ["last_epoch", 9]]);
    assertThrows(() => sequence.loadStateDict(bad), StateDictError);
    assertEquals(sequence.stateDict(), before);
  }
});

Deno.test("Schedulers refuse what is no optimizer, and senseless settings", () => {
  const optimizer = twoGroups();
  assertThrows(() => new ExponentialLR({} as OptimizerWithLR, 0.5), TypeError, "an Optimizer");
  assertThrows(
    () => new LambdaLR({} as OptimizerWithLR, () => 1),
    TypeError,
    "LambdaLR: expected an Optimizer, got Object",
  );
  assertThrows(() => new StepLR(optimizer, 0), RangeError, "stepSize to be a whole number");
  assertThrows(() => new CosineAnnealingLR(optimizer, 1.5), RangeError, "tMax");
  assertThrows(() => new LinearLR(optimizer, { startFactor: 0 }), RangeError, "startFactor");
  assertThrows(() => new LinearLR(optimizer, { endFactor: 2 }), RangeError, "endFactor");
  assertThrows(() => new LambdaLR(optimizer, [(e) => e]), RangeError, "expected 2 functions");
  const one = new StepLR(optimizer, 1);
  assertThrows(() => new SequentialLR(optimizer, [one], [1]), RangeError, "got 1 for 1");
  assertThrows(() => new SequentialLR(twoGroups(), [one], []), TypeError, "another optimizer");
  assertThrows(() => new SequentialLR(optimizer, [], []), RangeError, "got 0 for 0");
});
