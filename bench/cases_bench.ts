/**
 * Every case on the CPU, and on the GPU beside it where there is one, for `deno bench`: a group for
 * each case and size, with the CPU as its baseline. On the GPU this is one run and the wait for its
 * result; `deno task bench` also times many runs and one wait, and peers.
 */
import { type DeviceName, openDevice } from "../core/mod.ts";
import type { BenchCase, Prepared, Size } from "./case.ts";
import { cases } from "./cases/mod.ts";
import { runsOn } from "./run.ts";

const devices: DeviceName[] = ["cpu"];
let software = true;
try {
  const info = await openDevice("webgpu");
  devices.push("webgpu");
  ({ software } = info);
  console.log(`GPU: ${info.description}${software ? " (software)" : ""}`);
} catch (error) {
  console.log(`${(error as Error).message}. So this is the CPU alone.`);
}

/** Only what is being timed holds memory: all inputs together would be gigabytes. */
let ready: { readonly name: string; readonly prepared: Prepared } | null = null;

async function prepared(
  name: string,
  benchCase: BenchCase,
  size: Size,
  device: DeviceName,
): Promise<Prepared> {
  if (ready?.name !== name) {
    ready?.prepared.dispose();
    ready = { name, prepared: await benchCase.prepare(benchCase.inputs(size), device) };
  }
  return ready.prepared;
}

for (const benchCase of cases) {
  for (const size of benchCase.sizes) {
    if (software && size.hardware) continue;
    const group = `${benchCase.name} ${size.label}`;
    for (const device of devices.filter((device) => runsOn(benchCase, device))) {
      const name = `${group} ${device}`;
      Deno.bench({
        name,
        group,
        baseline: device === "cpu",
        async fn(): Promise<void> {
          const { run, finish } = await prepared(name, benchCase, size, device);
          await run();
          await finish?.();
        },
      });
    }
  }
}
