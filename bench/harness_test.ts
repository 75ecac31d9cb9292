import { assertEquals, assertRejects } from "@std/assert";
import { resetStats, stats } from "../core/mod.ts";
import type { BenchCase, Peer } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { inProcess, quantile } from "./measure.ts";
import { difference, type Row, run } from "./run.ts";
import { cells, markdown } from "./table.ts";

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

Deno.test("every case gives the same result on the CPU as on the reference", async () => {
  const small: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    matmul: { n: 9 },
    gelu: { n: 33 },
    softmax: { rows: 3, columns: 17 },
    layerNorm: { rows: 3, columns: 17 },
    mlpStep: { batch: 1 },
  };
  for (const benchCase of cases) {
    const inputs = benchCase.inputs({ label: "", numbers: small[benchCase.name] });
    const [cpu, reference] = await Promise.all(
      (["cpu", "reference"] as const).map(async (device) => {
        const prepared = await benchCase.prepare(inputs, device);
        const result = await prepared.result();
        prepared.dispose();
        return result;
      }),
    );
    assertEquals(difference(cpu, reference) <= benchCase.tolerance, true, benchCase.name);
  }
});

Deno.test("gelu, softmax, layerNorm and matmul are one kernel each", async () => {
  for (const benchCase of cases.filter(({ name }) => name !== "mlpStep")) {
    const prepared = await benchCase.prepare(benchCase.inputs(benchCase.sizes[0]), "cpu");
    resetStats();
    await prepared.run();
    assertEquals(stats().launches, 1, benchCase.name);
    prepared.dispose();
  }
});
