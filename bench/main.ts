/**
 * `deno task bench`: every case on the CPU beside its peers, on one core.
 *
 *     deno task bench [--filter TEXT] [--json FILE] [--peers jax,tf,pytorch|none] [--core N] [--quick]
 */
import type { Peer } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { CAREFUL } from "./measure.ts";
import { isPinned, pinned } from "./pin.ts";
import { type Row, run } from "./run.ts";
import { cells, markdown } from "./table.ts";

const START: Readonly<Record<string, () => Promise<Peer | null>>> = {
  jax: async () => await (await import("./peers/jax_js.ts")).jaxJs(),
  tf: async () => await (await import("./peers/tensorflow_js.ts")).tensorflowJs(),
  pytorch: async () => await (await import("./peers/pytorch.ts")).pyTorch(),
};
/** The ratio is to the faster of these: what a Deno program would use otherwise. */
const AGAINST = ["jax-js wasm", "TF.js wasm"];

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const value = Deno.args[at + 1];
  if (value === undefined || value.startsWith("--")) {
    console.error(`--${name} needs a value`);
    Deno.exit(2);
  }
  return value;
}

async function startPeers(names: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const name of names === "none" ? [] : names.split(",")) {
    if (!(name in START)) {
      console.error(`--peers: unknown peer "${name}": expected ${Object.keys(START).join(", ")}`);
      Deno.exit(2);
    }
    const peer = await START[name]();
    if (peer === null) console.log(`${name} is not installed here.`);
    else peers.push(peer);
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

await pinned(Number(option("core") ?? 0));

const peers = await startPeers(option("peers") ?? "jax,tf,pytorch");
const machine = {
  processor: await processor(),
  cores: navigator.hardwareConcurrency,
  pinned: isPinned(),
  deno: Deno.version.deno,
  peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
  date: new Date().toISOString(),
};
console.log(
  `${machine.processor}, ${machine.pinned ? "one core" : `${machine.cores} cores`}; ` +
    [`Deno ${machine.deno}`, ...peers.map(({ name, version }) => `${name} ${version}`)].join(", "),
);

const effort = Deno.args.includes("--quick")
  ? { rounds: 3, budget: 20, rest: 0, warmUp: { budget: 200, calls: 20 } }
  : CAREFUL;
const engines = ["cpu", ...peers.map(({ name }) => name)];
const rows: Row[] = [];
for await (
  const row of run(cases, { device: "cpu", peers, effort, filter: option("filter") })
) {
  rows.push(row);
  const [, line] = cells([row], engines, AGAINST);
  if (Deno.stdout.isTerminal()) console.log(line.join("  "));
}
console.log(`\n${markdown(cells(rows, engines, AGAINST)).join("\n")}`);
console.log(
  "\nratio: how many times as long the faster of the two JavaScript peers takes. rate: ours.",
);
const file = option("json");
if (file !== undefined) await Deno.writeTextFile(file, JSON.stringify({ machine, rows }, null, 2));
for (const peer of peers) await peer.close();
// A peer's worker threads would keep the process for ever.
Deno.exit(0);
