import { assertEquals, assertThrows } from "@std/assert";
import { ones, StateDictError } from "../../core/mod.ts";
import { Parameter } from "../mod.ts";
import { asLoaded, assertRates, ratesOf, twoGroups } from "../testdata/schedules.ts";
import fixtures from "../testdata/schedulers.json" with { type: "json" };
import {
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LRScheduler,
  MultiStepLR,
  type OptimizerWithLR,
  PolynomialLR,
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
  "ConstantLR": (o) => new ConstantLR(o, { factor: 0.25, totalIters: 4 }),
  "PolynomialLR": (o) => new PolynomialLR(o, { totalIters: 9, power: 1.5 }),
  "CosineAnnealingWarmRestarts": (o) =>
    new CosineAnnealingWarmRestarts(o, 3, { tMult: 2, etaMin: 0.01 }),
  "CosineAnnealingWarmRestarts default": (o) => new CosineAnnealingWarmRestarts(o, 5),
  "LambdaLR": (o) => new LambdaLR(o, [(e) => 1 / (1 + e), (e) => 0.5 + e]),
  "SequentialLR": (o) =>
    new SequentialLR(o, [
      new LinearLR(o, { totalIters: 3 }),
      new CosineAnnealingLR(o, 5),
      new ExponentialLR(o, 0.9),
    ], [3, 8]),
  "ChainedScheduler": (o) =>
    new ChainedScheduler([
      new ConstantLR(o, { factor: 0.1, totalIters: 2 }),
      new CosineAnnealingLR(o, 5),
    ]),
};
const chains: Record<string, Make[]> = {
  "chained": [makers["ExponentialLR"], makers["StepLR"], makers["LinearLR default"]],
};

const p = () => new Parameter(ones([1]));
const groupOf = (optimizer: OptimizerWithLR) =>
  (optimizer.stateDict().get("param_groups") as Map<string, unknown>[])[0];

interface SchedulerCase {
  name: string;
  rates: number[][];
  states: Record<string, unknown>[];
  groupKeys: string[];
  late: number[];
}

for (const { name, rates, states, groupKeys, late } of fixtures.cases as SchedulerCase[]) {
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
      assertEquals(ours.get("last_epoch"), states[i].last_epoch ?? 4);
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

  Deno.test(`${name}: a group that is added later has PyTorch's rate`, () => {
    const optimizer = twoGroups();
    const made = makes.map((make) => make(optimizer));
    for (let epoch = 0; epoch < 12; epoch++) for (const scheduler of made) scheduler.step();
    optimizer.addParamGroup({ params: [p()], lr: 7 });
    for (const scheduler of made) scheduler.step();
    assertRates(ratesOf(optimizer), late);
  });

  if (makes.length > 1 || name === "ChainedScheduler") continue;
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

Deno.test("CosineAnnealingWarmRestarts goes to parts of epochs, and on from there", () => {
  const optimizer = twoGroups();
  const scheduler = new CosineAnnealingWarmRestarts(optimizer, 2, { tMult: 3 });
  fixtures.fractions.epochs.forEach((epoch, i) => {
    scheduler.step(epoch ?? undefined);
    assertRates(ratesOf(optimizer), fixtures.fractions.rates[i]);
  });
  assertEquals(scheduler.lastEpoch, 3);
  assertThrows(() => scheduler.step(-0.5), RangeError, "from 0 up, got -0.5");
  const resumed = new CosineAnnealingWarmRestarts(optimizer, 2, { tMult: 3, lastEpoch: 8 });
  scheduler.step(9);
  assertEquals([resumed.getLastLr(), resumed.lastEpoch], [ratesOf(optimizer), 9]);
});

Deno.test("A SequentialLR begins with what is within it anew", () => {
  const chain = (o: OptimizerWithLR) =>
    new ChainedScheduler([new ConstantLR(o, { factor: 0.5, totalIters: 2 }), new StepLR(o, 1)]);
  const [nested, plain] = [twoGroups(), twoGroups()];
  const within = new SequentialLR(nested, [chain(nested), new StepLR(nested, 1)], [3]);
  const inner = new SequentialLR(nested, [within, new ExponentialLR(nested, 0.5)], [2]);
  const expected = chain(plain);
  for (const epoch of [0, 1]) {
    assertRates(inner.getLastLr(), expected.getLastLr());
    assertEquals([inner.lastEpoch, within.lastEpoch], [epoch, epoch]);
    inner.step();
    expected.step();
  }
  assertRates(inner.getLastLr(), [0.1, 0.5]);
  assertThrows(() => chain(plain).step(0 as unknown as undefined), TypeError, "no epoch, got 0");
});

Deno.test("loadStateDict() finds every problem first, and changes nothing", () => {
  const optimizer = twoGroups();
  for (const name of ["StepLR", "SequentialLR", "ChainedScheduler"]) {
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
  assertThrows(() => new LambdaLR(optimizer, [(e) => e]), RangeError, "Expected 2 values");
  assertThrows(() => new ConstantLR(optimizer, { factor: 0 }), RangeError, "factor");
  assertThrows(() => new PolynomialLR(optimizer, { totalIters: 0 }), RangeError, "totalIters");
  assertThrows(() => new CosineAnnealingWarmRestarts(optimizer, 0), RangeError, "t0");
  assertThrows(
    () => new CosineAnnealingWarmRestarts(optimizer, 1, { tMult: 0.5 }),
    RangeError,
    "tMult to be a whole number from 1 up, got 0.5",
  );
  const one = new StepLR(optimizer, 1);
  assertThrows(() => new SequentialLR(optimizer, [one], [1]), RangeError, "got 1 for 1");
  assertThrows(() => new SequentialLR(twoGroups(), [one], []), TypeError, "another optimizer");
  for (const make of [() => new SequentialLR(optimizer, [], []), () => new ChainedScheduler([])]) {
    assertThrows(make, RangeError, "expected at least one scheduler, got none");
  }
  const other = new StepLR(twoGroups(), 1);
  assertThrows(
    () => new ChainedScheduler([one, other]),
    TypeError,
    "index 1 has another optimizer",
  );
});
