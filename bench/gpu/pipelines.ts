/**
 * Whether compiling pipelines in the background helps: the kernels of a first training step, compiled
 * by `createComputePipeline`, and by `createComputePipelineAsync` all at once.
 *
 *     deno run -A bench/gpu/pipelines.ts
 */
import { openDevice, randn } from "../../core/mod.ts";
import * as nn from "../../nn/mod.ts";
import { AdamW } from "../../nn/optim/mod.ts";
import { quantile } from "../measure.ts";

const TURNS = 9;
const device = GPUDevice.prototype;
const { createShaderModule, createComputePipeline } = device;
const codes: string[] = [];
let compiling = 0;

/** Notes the kernels that the engine compiles, and for how long it waits for them. */
function watch(): void {
  device.createShaderModule = function (descriptor) {
    codes.push(descriptor.code);
    return timed(() => createShaderModule.call(this, descriptor));
  };
  device.createComputePipeline = function (descriptor) {
    return timed(() => createComputePipeline.call(this, descriptor));
  };
}

function timed<T>(make: () => T): T {
  const began = performance.now();
  const made = make();
  compiling += performance.now() - began;
  return made;
}

async function firstStep(): Promise<number> {
  const model = new nn.Sequential(
    new nn.Linear(64, 128),
    new nn.LayerNorm(128),
    new nn.GELU(),
    new nn.Dropout(0.1),
    new nn.Linear(128, 10),
  );
  await model.to("webgpu");
  const optimizer = new AdamW(model.parameters());
  const x = await randn([32, 64]).to("webgpu");
  const began = performance.now();
  const loss = model.forward(x).logSoftmax(-1).square().mean();
  loss.backward();
  optimizer.step();
  await loss.item();
  await Promise.all(model.parameters().map((parameter) => parameter.data()));
  return performance.now() - began;
}

/** How long the calls take, and how long it takes until every pipeline is there, on a new device. */
async function compile(how: "createComputePipeline" | "createComputePipelineAsync") {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  const { maxStorageBuffersPerShaderStage } = adapter!.limits;
  const bare = await adapter!.requestDevice({
    requiredLimits: { maxStorageBuffersPerShaderStage },
  });
  const began = performance.now();
  const pipelines = codes.map((code) =>
    bare[how]({ layout: "auto", compute: { module: createShaderModule.call(bare, { code }) } })
  );
  const calls = performance.now() - began;
  await Promise.all(pipelines);
  const all = performance.now() - began;
  bare.destroy();
  return { calls, all };
}

const { description } = await openDevice("webgpu");
watch();
const step = await firstStep();
Object.assign(device, { createShaderModule, createComputePipeline });
const ms = (milliseconds: number) => `${milliseconds.toFixed(1)} ms`;
console.log(
  `${description}: first step ${ms(step)}, ${ms(compiling)} of it making ${codes.length} kernels`,
);
const WAYS = ["createComputePipeline", "createComputePipelineAsync"] as const;
const turns: Awaited<ReturnType<typeof compile>>[][] = [[], []];
for (let turn = 0; turn < TURNS; turn++) {
  for (const [i, how] of WAYS.entries()) turns[i].push(await compile(how));
}
for (const [i, how] of WAYS.entries()) {
  const [calls, all] = (["calls", "all"] as const).map((key) =>
    quantile(turns[i].map((turn) => turn[key]), 0.5)
  );
  console.log(`${how}: the calls return after ${ms(calls)}, all is ready after ${ms(all)}`);
}
