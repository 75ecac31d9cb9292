import { assertEquals, assertRejects } from "@std/assert";
import { type DeviceName, openDevice, resetStats, scope, stats } from "../core/mod.ts";
import * as nn from "../nn/mod.ts";
import { AdamW, SGD } from "../nn/optim/mod.ts";
import type { BenchCase, Peer, Size } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { toTensor, uniform } from "./inputs.ts";
import { inProcess, quantile } from "./measure.ts";
import { difference, type Row, run, runsOn } from "./run.ts";
import { processorTime } from "./processor.ts";
import { crossings, standing } from "./summary.ts";
import { cells, deviceCells, latencyCells, markdown } from "./table.ts";

const effort = { rounds: 1, budget: 0, rest: 0, warmUp: { budget: 0, calls: 1 } };

const double: BenchCase = {
  name: "double",
  about: "twice one number",
  sizes: [{ label: "1", numbers: { n: 1 } }, { label: "2", numbers: { n: 2 } }],
  tolerance: 0,
  inputs: ({ numbers: { n } }) => ({ x: { shape: [1], data: Float32Array.of(n) } }),
  work: () => ({ flops: 1 }),
  prepare: ({ x }) =>
    Promise.resolve({
      run(): void {},
      result: () => Promise.resolve([2 * x.data[0]]),
      dispose(): void {},
    }),
};

function peer(answer: number): Peer {
  return {
    name: "peer",
    version: "1",
    contender: (_, inputs) =>
      Promise.resolve(inProcess("peer", {
        run(): void {},
        result: () => Promise.resolve([answer * inputs.x.data[0]]),
        dispose(): void {},
      })),
    close(): void {},
  };
}

async function collect(rows: AsyncGenerator<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

Deno.test("run() gives a row for each size that the filter lets through", async () => {
  const options = { device: "cpu", peers: [peer(2)], effort } as const;
  const all = await collect(run([double], options));
  assertEquals(all.map(({ size }) => size), ["1", "2"]);
  assertEquals(all[0].peers.map(({ engine }) => engine), ["peer"]);
  const some = await collect(run([double], { ...options, filter: "double 2" }));
  assertEquals(some.map(({ size }) => size), ["2"]);
});

Deno.test("run() times nothing when a peer computes something else", async () => {
  const rows = run([double], { device: "cpu", peers: [peer(3)], effort });
  await assertRejects(() => collect(rows), Error, "double 1: peer differs from ours by 0.5");
});

Deno.test("difference() is relative to the largest element, and never hides a NaN", () => {
  assertEquals(difference([1, 4], [1, 5]), 0.25);
  assertEquals(difference([0, 0], [0, 0]), 0);
  assertEquals(difference([1, NaN], [1, 2]), NaN);
  assertEquals(difference([1], [1, 2]), Infinity);
});

Deno.test("quantile() is a number of the list, or between two neighbours", () => {
  assertEquals(quantile([3, 1, 2], 0.5), 2);
  assertEquals(quantile([4, 1, 2, 3], 0.5), 2.5);
  assertEquals(quantile([5, 1, 2, 3, 4], 0.25), 2);
});

Deno.test("markdown() lines up cells() in columns", () => {
  const row: Row = {
    name: "matmul",
    size: "64",
    work: { flops: 1e6 },
    ours: { engine: "cpu", milliseconds: 0.5 },
    peers: [{ engine: "a", milliseconds: 2 }, { engine: "b", milliseconds: 1 }],
  };
  assertEquals(markdown(cells([row], ["cpu", "a", "b"], ["a"])), [
    "| case   | size | cpu ms | a ms | b ms | ratio |         rate |",
    "| ------ | ---- | -----: | ---: | ---: | ----: | -----------: |",
    "| matmul | 64   |  0.500 | 2.00 | 1.00 | 4.00x | 2.00 GFLOP/s |",
  ]);
});

const small: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  matmul: { n: 9 },
  gelu: { n: 33 },
  add: { n: 33 },
  softmax: { rows: 3, columns: 17 },
  layerNorm: { rows: 3, columns: 17 },
  embedding: { words: 5 },
  Embeddings: { batch: 2, length: 3 },
  mlpStep: { batch: 1 },
  "to GPU": { n: 33 },
  "to CPU": { n: 33 },
  item: { n: 33 },
  save: { rows: 3, columns: 17 },
  load: { rows: 3, columns: 17 },
};

async function resultOn(device: DeviceName, benchCase: BenchCase): Promise<ArrayLike<number>> {
  const size: Size = { label: "", numbers: small[benchCase.name] };
  const prepared = await benchCase.prepare(benchCase.inputs(size), device);
  await prepared.run();
  await prepared.finish?.();
  const result = await prepared.result();
  prepared.dispose();
  return result;
}

Deno.test("every case gives the same result on the CPU as on the reference", async () => {
  for (const benchCase of cases.filter((benchCase) => runsOn(benchCase, "cpu"))) {
    const [cpu, reference] = [
      await resultOn("cpu", benchCase),
      await resultOn("reference", benchCase),
    ];
    assertEquals(difference(cpu, reference) <= benchCase.tolerance, true, benchCase.name);
  }
});

Deno.test("gelu, add, softmax, layerNorm, embedding and matmul are one kernel each", async () => {
  const names = ["gelu", "add", "softmax", "layerNorm", "embedding", "matmul"];
  for (const benchCase of cases.filter(({ name }) => names.includes(name))) {
    const prepared = await benchCase.prepare(benchCase.inputs(benchCase.sizes[0]), "cpu");
    resetStats();
    await prepared.run();
    assertEquals(stats().launches, 1, benchCase.name);
    prepared.dispose();
  }
});

/** Handed-over work that counts what is waited for. */
function handedOver(): { runs: number; waits: number; benchCase: BenchCase } {
  const counts = { runs: 0, waits: 0, benchCase: double };
  counts.benchCase = {
    ...double,
    prepare: async (inputs, device) => ({
      ...await double.prepare(inputs, device),
      run: () => void counts.runs++,
      finish: () => void counts.waits++,
    }),
  };
  return counts;
}

Deno.test("run() times many runs and one wait, and one run with its wait, where there is a wait", async () => {
  const counts = handedOver();
  const options = {
    device: "cpu",
    peers: [],
    effort: { ...effort, rounds: 3, budget: 1 },
    filter: "1",
  } as const;
  const [row] = await collect(run([counts.benchCase], options));
  assertEquals(row.ours.latency !== undefined, true);
  assertEquals(counts.runs > counts.waits && counts.waits > 0, true);
  const [plain] = await collect(run([double], options));
  assertEquals(plain.ours.latency, undefined);
});

Deno.test("run() puts the baseline beside the device, for cases and sizes that each can have", async () => {
  const large: Size = { label: "3", numbers: { n: 3 }, hardware: true };
  const mine: BenchCase = { ...double, sizes: [...double.sizes, large] };
  const only: BenchCase = { ...mine, name: "only", devices: ["reference"] };
  const options = { device: "reference", baseline: "cpu", peers: [], effort } as const;
  const rows = await collect(run([mine, only], options));
  assertEquals(
    rows.map(({ name, size, baseline }) => [name, size, baseline?.engine]),
    [["double", "1", "cpu"], ["double", "2", "cpu"], ["only", "1", undefined], [
      "only",
      "2",
      undefined,
    ]],
  );
  const all = await collect(run([mine], { ...options, small: false, filter: "double 3,double 1" }));
  assertEquals(all.map(({ size }) => size), ["1", "3"]);
});

const timed = (
  name: string,
  size: string,
  gpu: number,
  cpu?: number,
  peers: number[] = [],
): Row => ({
  name,
  size,
  work: {},
  ours: { engine: "webgpu", milliseconds: gpu, latency: 2 * gpu },
  ...(cpu === undefined ? {} : { baseline: { engine: "cpu", milliseconds: cpu } }),
  peers: peers.map((milliseconds, i) => ({
    engine: "ab"[i],
    milliseconds,
    latency: 10 + milliseconds,
  })),
});

Deno.test("deviceCells() and latencyCells() show the GPU beside the CPU and its peers", () => {
  const rows = [timed("gelu", "1M", 2, 3, [8, 5]), timed("to GPU", "1", 1)];
  assertEquals(deviceCells(rows, ["a", "b"]).map((row) => row.join(" ")), [
    "case size CPU ms GPU ms CPU/GPU GPU rate a ms b ms peers/GPU",
    "gelu 1M 3.00 2.00 1.50x  8.00 5.00 2.50x",
    "to GPU 1 - 1.00 -  - - -",
  ]);
  assertEquals(latencyCells(rows, ["webgpu", "b"]).map((row) => row.join(" ")), [
    "case size webgpu ms b ms",
    "gelu 1M 4.00 15.0",
    "to GPU 1 2.00 -",
  ]);
});

Deno.test("crossings() names the size from which on the GPU wins, or says that it never does", () => {
  const rows = [
    timed("add", "1", 1, 2), // won, but lost again at the next size
    timed("add", "2", 3, 2),
    timed("add", "3", 1, 2),
    timed("gelu", "1", 3, 2),
    timed("to GPU", "1", 1),
  ];
  assertEquals(crossings(rows), ["add: the GPU wins from 3", "gelu: the CPU wins at every size"]);
});

Deno.test("standing() is the geometric mean over the faster peer, and the least", () => {
  const rows = [
    timed("matmul", "256", 1, 1, [9, 2]),
    timed("gelu", "1M", 1, 1, [8, 10]),
    timed("matmul", "64", 1, 1, [100]), // not among those compared
  ];
  const names = ["matmul 256", "gelu 1M"];
  const { mean, ...rest } = standing(rows)!;
  assertEquals([mean.toFixed(6), rest], ["4.000000", {
    names,
    least: { ratio: 2, name: "matmul 256" },
  }]);
  assertEquals(standing(rows, "latency")!.least, { ratio: 6, name: "matmul 256" });
  assertEquals(standing([rows[2]]), null);
});

const gpu = await openDevice("webgpu").then(() => true, () => false);

Deno.test({
  name: "every case gives the same result on the GPU as on the CPU [webgpu]",
  ignore: !gpu,
  async fn() {
    for (const benchCase of cases) {
      const expected = runsOn(benchCase, "cpu")
        ? await resultOn("cpu", benchCase)
        : benchCase.inputs({ label: "", numbers: small[benchCase.name] }).x.data;
      const distance = difference(expected, await resultOn("webgpu", benchCase));
      assertEquals(distance <= benchCase.tolerance, true, `${benchCase.name}: ${distance}`);
    }
  },
});

Deno.test({
  name: "steady training makes no buffer, compiles nothing, and submits twice a step [webgpu]",
  ignore: !gpu,
  async fn() {
    const { Linear, ReLU, Sequential } = nn;
    const model = new Sequential(new Linear(20, 30), new ReLU(), new Linear(30, 5));
    await model.to("webgpu");
    const x = toTensor(uniform([8, 20], 1), "webgpu"), y = toTensor(uniform([8, 5], 2), "webgpu");
    for (const Optimizer of [SGD, AdamW]) {
      const optimizer = new Optimizer(model.parameters(), { lr: 0.01 });
      const step = async (): Promise<void> => {
        const loss = scope(() => {
          const loss = nn.functional.mseLoss(model.forward(x), y);
          loss.backward();
          optimizer.step();
          // Gradients live as long as someone may look at them; this program does not.
          for (const parameter of model.parameters()) parameter.grad!.dispose();
          optimizer.zeroGrad();
          return loss.detach();
        });
        await loss.item();
        loss.dispose();
      };
      for (let i = 0; i < 3; i++) await step();
      const counted: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        resetStats();
        await step();
        const { buffers, compilations, launches, submits } = stats();
        assertEquals(launches > 0 && launches < 20, true, `${launches} launches`);
        counted.push({ buffers, compilations, submits });
      }
      // One batch of kernels, and the copy of the loss to where the host can read it.
      assertEquals(counted, Array(5).fill({ buffers: 0, compilations: 0, submits: 2 }));
    }
    for (const tensor of [...model.parameters(), x, y]) tensor.dispose();
  },
});

Deno.test({
  name: "processorTime() counts what this process computes",
  ignore: Deno.build.os !== "linux",
  fn() {
    const before = processorTime()!;
    const end = performance.now() + 10_000;
    while (processorTime()! === before && performance.now() < end);
    assertEquals(processorTime()! > before, true);
  },
});
