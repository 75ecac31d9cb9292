/**
 * Measures how far kernels and whole chains of them are from float64, beside the yardstick that laws
 * judge by, and what wrong kernels come to: the figures of `docs/tolerances.md`, as Markdown.
 *
 *     deno run -A tools/tolerances.ts [--device cpu]... [--seeds 8]
 *
 * Exit code 1: a correct kernel exceeds what is granted, or a wrong one does not.
 */
import { parseArgs } from "node:util";
import { type DeviceName, type DType, openDevice, type Tensor } from "../core/mod.ts";
import { functional as F } from "../nn/mod.ts";
import { buildTensor } from "../props/argument.ts";
import { snapshots } from "../props/compare.ts";
import { measure, type Results, type Sample } from "../props/noise.ts";

/** Draws the next tensor: normal numbers, or weights of a layer with so many inputs. */
type Draw = (shape: number[], inputs?: number) => Tensor;

/** What is measured: from drawn tensors to an output. */
type Chain = (draw: Draw) => Tensor;

/** 64 dot products. */
const product = (k: number): Chain => (draw) => draw([8, k]).matmul(draw([k, 8], k));

const attention: Chain = (draw) => {
  const x = draw([16, 64]);
  const [q, k, v] = [0, 1, 2].map(() => x.matmul(draw([64, 64], 64)));
  return q.matmul(k.transpose(0, 1)).div(8).softmax(-1).matmul(v);
};

const recurrent: Chain = (draw) => {
  const x = draw([64, 4, 8]), toHidden = draw([8, 16], 8), hidden = draw([16, 16], 16);
  let h = x.select(0, 0).matmul(toHidden).tanh();
  for (let t = 1; t < 64; t++) h = x.select(0, t).matmul(toHidden).add(h.matmul(hidden)).tanh();
  return h;
};

const residual: Chain = (draw) => {
  let x = draw([4, 32]);
  for (let block = 0; block < 24; block++) {
    const wide = F.gelu(F.layerNorm(x, [32]).matmul(draw([32, 64], 32)));
    x = x.add(wide.matmul(draw([64, 32], 64)));
  }
  return x;
};

const LENGTHS = [8, 64, 256, 1024, 4096];

const CHAINS: Readonly<Record<string, Chain>> = {
  ...Object.fromEntries(LENGTHS.map((k) => [`matmul, K = ${k}`, product(k)])),
  "softmax of rows of 512": (draw) => draw([4, 512]).softmax(-1),
  "layer norm of rows of 256": (draw) => F.layerNorm(draw([4, 256]), [256]),
  "sum of 4096": (draw) => draw([64, 4096]).sum([1]),
  "attention, width 64": attention,
  "recurrent, 64 steps": recurrent,
  "24 residual blocks": residual,
};

/** A product that is computed wrongly, from float32 operands. */
const WRONG: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  "TF32 operands": (a, b) => a.half().float().matmul(b.half().float()),
  "float16 accumulation": (a, b) => {
    const [rows, k] = a.shape, columns = b.shape[1];
    let sum = a.narrow(1, 0, 1).mul(b.narrow(0, 0, 1)).half();
    for (let i = 1; i < k; i++) {
      sum = sum.float().add(a.narrow(1, i, 1).mul(b.narrow(0, i, 1))).half();
    }
    return sum.float().reshape([rows, columns]);
  },
  "a term dropped": (a, b) => {
    const k = a.shape[1] - 1;
    return a.narrow(1, 0, k).matmul(b.narrow(0, 0, k));
  },
  "scale off by 1e-5": (a, b) => a.matmul(b).mul(1 + 1e-5),
  "scale off by 1e-6": (a, b) => a.matmul(b).mul(1 + 1e-6),
};

/** Runs a chain, and takes the gradient of its first tensor. */
async function run(
  chain: Chain,
  seed: number,
  device: DeviceName,
  stored: DType,
  dtype: DType,
): Promise<Results> {
  const drawn: Tensor[] = [];
  const output = chain((tensor, inputs) => {
    const spread = inputs === undefined ? null : Math.sqrt(3 / inputs);
    const bounds = spread === null ? {} : { low: -spread, high: spread };
    const fill = spread === null ? "normal" : "uniform";
    const spec = {
      tensor,
      dtype: stored,
      fill,
      seed: seed * 1000 + drawn.length,
      ...bounds,
    } as const;
    const x = buildTensor(spec, device).type(dtype);
    x.requiresGrad_(drawn.length === 0);
    drawn.push(x);
    return x;
  });
  const spec = { tensor: output.shape, dtype: stored, fill: "normal", seed: ~seed } as const;
  output.mul(buildTensor(spec, device).type(dtype)).sum().backward();
  return await snapshots([["output", output], ["gradient", drawn[0].grad!]]);
}

async function sampleOf(
  chain: Chain,
  seed: number,
  device: DeviceName,
  dtype: DType,
  judged = chain,
): Promise<Sample> {
  return {
    actual: await run(judged, seed, device, dtype, dtype),
    exact: await run(chain, seed, "cpu", dtype, "float64"),
    rounded: await run(chain, seed, "reference", dtype, dtype),
  };
}

/** Nothing is no part of nothing: what is exact needs no grant. */
const ratio = (a: number, b: number) => a === 0 ? 0 : a / b;

/** The largest of some figures of some samples: noise beside the yardstick's, and of what is granted. */
function figures(samples: readonly Sample[]) {
  const all = samples.flatMap((sample) =>
    [...sample.exact.keys()].map((name) => {
      const { actual, rounded, granted, size } = measure(name, [sample]);
      return {
        rms: ratio(actual.rms, rounded.rms),
        most: ratio(actual.most, rounded.most),
        share: Math.max(ratio(actual.rms, granted.rms), ratio(actual.most, granted.most)),
        noise: ratio(rounded.rms, size.rms),
      };
    })
  );
  const most = (of: "rms" | "most" | "share" | "noise") => Math.max(...all.map((each) => each[of]));
  const least = Math.min(...all.map(({ share }) => share));
  return {
    rms: most("rms"),
    most: most("most"),
    share: most("share"),
    noise: most("noise"),
    least,
  };
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    device: { type: "string", multiple: true, default: ["cpu", "webgpu"] },
    seeds: { type: "string", default: "8" },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
let failed = false;

for (const device of values.device as DeviceName[]) {
  const { description, software } = await openDevice(device);
  console.log(`\n### \`${device}\`: ${description}${software ? ", software" : ""}\n`);
  console.log(
    "| chain | dtype | E(y) / E(r) | M(y) / M(r) | share of what is granted | E(r) / R |",
  );
  console.log("|---|---|---|---|---|---|");
  for (const [name, chain] of Object.entries(CHAINS)) {
    for (const dtype of ["float32", "float16", "bfloat16"] as const) {
      const samples: Sample[] = [];
      for (const seed of seeds) samples.push(await sampleOf(chain, seed, device, dtype));
      const { rms, most, share, noise } = figures(samples);
      failed ||= share > 1;
      const cells = [rms.toFixed(2), most.toFixed(2), share.toFixed(2), noise.toExponential(1)];
      console.log(`| ${[name, dtype, ...cells].join(" | ")} |`);
    }
  }
}

console.log(`\n### Wrong products in float32: least share of what is granted, over 1 is refuted\n`);
console.log(`| wrong | ${LENGTHS.map((k) => `K = ${k}`).join(" | ")} |`);
console.log(`|---|${LENGTHS.map(() => "---|").join("")}`);
for (const [name, wrong] of Object.entries(WRONG)) {
  const shares: string[] = [];
  for (const k of LENGTHS) {
    const samples: Sample[] = [];
    for (const seed of seeds) {
      const chain = product(k);
      const judged: Chain = (draw) => wrong(draw([8, k]), draw([k, 8], k));
      const sample = await sampleOf(chain, seed, "cpu", "float32", judged);
      // The gradient is another's.
      const only = (of: Results): Results => new Map([["output", of.get("output")!]]);
      const { actual, exact, rounded } = sample;
      samples.push({ actual: only(actual), exact: only(exact), rounded: only(rounded) });
    }
    const { least } = figures(samples);
    shares.push(least.toPrecision(2));
    failed ||= k <= 256 && least <= 1 && !name.endsWith("1e-6");
  }
  console.log(`| ${name} | ${shares.join(" | ")} |`);
}
Deno.exit(failed ? 1 : 0);
