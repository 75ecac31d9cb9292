/**
 * Laws as tests.
 *
 * @module
 */
import { deviceInfo, type DeviceName, deviceNames } from "../core/mod.ts";
import { examine, lacks } from "./examine.ts";
import type { Law } from "./law.ts";
import { allLaws } from "./laws/mod.ts";
import { judge } from "./runner.ts";
import type { Subject } from "./subject.ts";
import { refutationText } from "./report/mod.ts";

/** Which tests to register. */
export interface TestModuleOptions {
  /** Where; they must be open. By default every device that is when the tests are registered. */
  devices?: readonly DeviceName[];
  /** By what; every law by default. */
  laws?: readonly Law[];
  /** How many cases for each law; what the law says by default. */
  runs?: number;
  /** The master seed; 0 by default. */
  seed?: number;
}

/**
 * Registers one `Deno.test` for each law and device. A law that says nothing about the subject is an
 * ignored test. A law that fails is never tried again, whatever `--retry` says.
 *
 * The tests run on every device that is open: the CPU and the reference device, and WebGPU too after
 * `await openDevice("webgpu")`, which throws where there is no adapter.
 *
 * @param subject What to judge.
 * @param options By what, where and how long.
 *
 * @example
 * ```ts ignore
 * import * as nn from "@touchstone/touchstone/nn";
 * import { inputs, subject, testModule } from "@touchstone/touchstone/props";
 *
 * testModule(subject("Classifier", () => new nn.Linear(16, 10), {
 *   inputs: [inputs.tensor({ shape: [inputs.size(1, 8), 16] })],
 * }));
 * ```
 *
 * @example On WebGPU too
 * ```ts ignore
 * import { openDevice } from "@touchstone/touchstone";
 * import * as nn from "@touchstone/touchstone/nn";
 * import { subject, testModule } from "@touchstone/touchstone/props";
 *
 * await openDevice("webgpu");
 * testModule(subject("Classifier", () => new nn.Linear(16, 10)));
 * ```
 */
export function testModule(subject: Subject, options: TestModuleOptions = {}): void {
  const { devices = deviceNames(), laws = allLaws, ...rest } = options;
  const about = examine(subject);
  for (const law of laws) {
    for (const device of devices) {
      Deno.test({
        name: `${law.id}: ${subject.name} on ${device}`,
        ignore: lacks(law, about, deviceInfo(device)) !== null,
        // Reading from WebGPU, Deno's mapAsync sleeps on after what it maps was used: no leak.
        sanitizeOps: false,
        sanitizeResources: true,
        retry: 0,
        fn: async () => {
          const result = await judge(law, subject, { ...rest, device });
          if (result.verdict === "held") return;
          throw new Error(refutationText(law, result));
        },
      });
    }
  }
}
