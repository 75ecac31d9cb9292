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
  /** The time for each test, in milliseconds; one case that takes 2 s more fails it. 30 s by default. */
  milliseconds?: number;
}

/** The case that is being judged: a test that is stopped because it hangs can't tell it itself. */
let begun: { readonly name: string; readonly case: unknown } | null = null;
let watching = false;

/** Names the case of a test that was stopped. */
function nameHungCases(): void {
  if (watching) return;
  watching = true;
  Deno.test.afterEach(() => {
    if (begun !== null) {
      console.error(`${begun.name} did not end; its case was ${JSON.stringify(begun.case)}`);
    }
    begun = null;
  });
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
  const { milliseconds = 30_000 } = rest;
  const about = examine(subject);
  nameHungCases();
  for (const law of laws) {
    for (const device of devices) {
      const name = `${law.id}: ${subject.name} on ${device}`;
      Deno.test({
        name,
        ignore: lacks(law, about, deviceInfo(device)) !== null,
        // Reading from WebGPU, Deno's mapAsync sleeps on after what it maps was used: no leak.
        sanitizeOps: false,
        sanitizeResources: true,
        retry: 0,
        timeout: milliseconds + 2000,
        fn: async () => {
          const onCase = (testCase: unknown) => begun = { name, case: testCase };
          const result = await judge(law, subject, { ...rest, device, onCase });
          begun = null;
          if (result.verdict === "held") return;
          throw new Error(refutationText(law, result));
        },
      });
    }
  }
}
