/**
 * `deno task bench`: every case on the CPU beside its peers, on one core; then on the GPU beside the
 * CPU and the GPU's peers.
 *
 *     deno task bench [--device cpu|webgpu|both] [--filter TEXT,...] [--json FILE]
 *                     [--peers jax,tf,pytorch|none] [--core N] [--quick]
 */
import { type DeviceInfo, openDevice } from "../core/mod.ts";
import type { Peer } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { type MoveRates, moveRates } from "./gpu/moves.ts";
import { CAREFUL, CAREFUL_GPU, type Effort } from "./measure.ts";
import { isPinned, pinned, thisProgram } from "./pin.ts";
import { passes, type Row, run, type Timing } from "./run.ts";
import { crossings, type Standing, standing } from "./summary.ts";
import { cells, deviceCells, latencyCells, markdown } from "./table.ts";

const START: Readonly<Record<string, (on: "wasm" | "webgpu") => Promise<Peer | null>>> = {
  jax: async (on) => await (await import("./peers/jax_js.ts")).jaxJs(on),
  tf: async (on) => await (await import("./peers/tensorflow_js.ts")).tensorflowJs(on),
  pytorch: async (on) =>
    on === "wasm" ? await (await import("./peers/pytorch.ts")).pyTorch() : null,
};
/** The ratio is to the faster of these: what a Deno program would use otherwise. */
const AGAINST = ["jax-js wasm", "TF.js wasm"];
const QUICK: Effort = { rounds: 3, budget: 20, rest: 0, warmUp: { budget: 200, calls: 20 } };
const QUICK_GPU: Effort = { rounds: 3, budget: 60, rest: 10, warmUp: { budget: 100, calls: 1 } };

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const value = Deno.args[at + 1];
  if (value === undefined || value.startsWith("--")) fail(`--${name} needs a value`);
  return value;
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(2);
}

async function startPeers(names: string, on: "wasm" | "webgpu"): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const name of names === "none" ? [] : names.split(",")) {
    if (!(name in START)) {
      fail(`--peers: unknown peer "${name}": expected ${Object.keys(START).join(", ")}`);
    }
    const peer = await START[name](on);
    if (peer !== null) peers.push(peer);
    else if (on === "wasm") console.log(`${name} is not installed here.`);
  }
  return peers;
}

/** The processor's name, where the system tells. */
async function processor(): Promise<string> {
  try {
    const text = await Deno.readTextFile("/proc/cpuinfo");
    return text.match(/^model name\s*: (.*)$/m)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

const versions = (peers: readonly Peer[]) =>
  [`Deno ${Deno.version.deno}`, ...peers.map(({ name, version }) => `${name} ${version}`)]
    .join(", ");

async function describe(peers: readonly Peer[]) {
  return {
    processor: await processor(),
    cores: navigator.hardwareConcurrency,
    pinned: isPinned(),
    deno: Deno.version.deno,
    peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
    date: new Date().toISOString(),
  };
}

/** The rows of a table; each is shown as soon as it is there. */
async function measured(
  rows: AsyncGenerator<Row>,
  show: (rows: readonly Row[]) => string[][],
): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) {
    all.push(row);
    console.error(show([row])[1].join("  ")); // a run takes minutes: this shows how far it is
  }
  return all;
}

const print = (table: string[][]) => console.log(`\n${markdown(table).join("\n")}`);

async function onCpu(): Promise<unknown> {
  await pinned(Number(option("core") ?? 0));
  const peers = await startPeers(option("peers") ?? "jax,tf,pytorch", "wasm");
  const machine = await describe(peers);
  const cores = machine.pinned ? "one core" : `${machine.cores} cores`;
  console.log(`${machine.processor}, ${cores}; ${versions(peers)}`);
  const effort = Deno.args.includes("--quick") ? QUICK : CAREFUL;
  const engines = ["cpu", ...peers.map(({ name }) => name)];
  const show = (rows: readonly Row[]) => cells(rows, engines, AGAINST);
  const rows = await measured(
    run(cases, { device: "cpu", peers, effort, filter: option("filter") }),
    show,
  );
  print(show(rows));
  console.log(
    "\nratio: how many times as long the faster of the two JavaScript peers takes. rate: ours.",
  );
  for (const peer of peers) await peer.close();
  return { machine, rows };
}

async function onGpu(): Promise<unknown> {
  let info: DeviceInfo;
  try {
    info = await openDevice("webgpu");
  } catch (error) {
    console.log(`${(error as Error).message}. So this is the CPU alone.`);
    const effort = Deno.args.includes("--quick") ? QUICK : CAREFUL;
    const show = (rows: readonly Row[]) => cells(rows, ["cpu"], []);
    const rows = await measured(
      run(cases, { device: "cpu", peers: [], effort, filter: option("filter") }),
      show,
    );
    print(show(rows));
    return { machine: await describe([]), rows };
  }
  const peers = await startPeers(option("peers") ?? "jax,tf", "webgpu");
  const machine = { ...await describe(peers), adapter: info };
  console.log(
    `GPU: ${info.description}${
      info.software ? " (software: it computes on the CPU's cores)" : ""
    }; ` +
      `CPU: ${machine.processor}, one of ${machine.cores} cores; ${versions(peers)}`,
  );
  const quick = Deno.args.includes("--quick");
  const effort = quick ? QUICK_GPU : CAREFUL_GPU;
  const filter = option("filter"), names = peers.map(({ name }) => name);
  const rows = await measured(
    run(cases, {
      device: "webgpu",
      baseline: "cpu",
      peers,
      effort,
      filter,
      small: info.software,
    }),
    (rows) => deviceCells(rows, names),
  );
  print(deviceCells(rows, names));
  console.log("\nMany runs and one wait, per run. One run and the wait for its result:");
  print(latencyCells(rows, ["webgpu", ...names]));
  console.log();
  for (const sentence of crossings(rows)) console.log(sentence);
  const all = standing(rows), single = standing(rows, "latency");
  if (all !== null) console.log(`\n${standingText("Many runs and one wait", all)}`);
  if (single !== null) console.log(standingText("One run and its wait", single));
  if (info.software) {
    console.log("\nProcessor time of a run, over all threads:");
    const processor = rows.map((row) => ({
      ...row,
      ours: inProcessorTime(row.ours),
      peers: row.peers.map(inProcessorTime),
    })).filter(({ ours }) => ours.latency !== undefined);
    print(cells(processor, ["webgpu", ...names], names));
    const busy = standing(processor);
    if (busy !== null) console.log(`\n${standingText("Processor time", busy)}`);
  }
  const moves = filter === undefined || passes("to GPU 128 MB", filter)
    ? await moveRates(128, quick ? 5 : 15)
    : null;
  if (moves !== null) console.log(movesText(moves));
  for (const peer of peers) await peer.close();
  return { machine, rows, standing: all, latencies: single, moves };
}

/**
 * A timing in processor time. A GPU in software shares its cores with whatever else the machine does,
 * and then the time on the clock says more of that.
 */
const inProcessorTime = (timing: Timing): Timing => ({
  ...timing,
  milliseconds: timing.processor ?? timing.milliseconds,
});

function standingText(what: string, { names, mean, least }: Standing): string {
  return `${what}: the faster peer takes ${mean.toFixed(2)} times as long (geometric mean of ` +
    `${names.length}), least ${least.ratio.toFixed(2)} at ${least.name}`;
}

function movesText({ megabytes, ours, whole, pieces }: MoveRates): string {
  return (["upload", "download"] as const).map((way) => {
    const gb = (milliseconds: number) => (megabytes * 2 ** 20 / milliseconds / 1e6).toFixed(2);
    const share = (bare: number) => `${Math.round(100 * bare / ours[way])} %`;
    return `${way} of ${megabytes} MB: ${gb(ours[way])} GB/s, ${
      share(whole[way])
    } of a bare copy at ` +
      `once (${gb(whole[way])}), ${share(pieces[way])} of one in pieces of 4 MB (${
        gb(pieces[way])
      })`;
  }).join("\n");
}

/** Both, each in a process of its own: the CPU's is held to one core, the GPU's is not. */
async function both(): Promise<unknown> {
  const results: Record<string, unknown> = {};
  for (const device of ["cpu", "webgpu"]) {
    const file = await Deno.makeTempFile({ suffix: ".json" });
    const args = Deno.args.filter((_, i) => !["--json", "--device"].includes(Deno.args[i - 1]))
      .filter((arg) => arg !== "--json" && arg !== "--device");
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: thisProgram([...args, "--device", device, "--json", file]),
    }).spawn().status;
    if (code !== 0) Deno.exit(code);
    results[device] = JSON.parse(await Deno.readTextFile(file));
    await Deno.remove(file);
    console.log();
  }
  return results;
}

const parts: Readonly<Record<string, () => Promise<unknown>>> = { cpu: onCpu, webgpu: onGpu, both };
const device = option("device") ?? "both";
if (!Object.hasOwn(parts, device)) {
  fail(`--device: expected ${Object.keys(parts).join(", ")}, got "${device}"`);
}
const result = await parts[device]();
const file = option("json");
if (file !== undefined) await Deno.writeTextFile(file, JSON.stringify(result, null, 2));
// A peer's worker threads would keep the process for ever.
Deno.exit(0);
