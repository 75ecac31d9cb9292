/**
 * The process that imports one file and judges its subjects, one order after the other, for the gate.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import { importFile, subjectsOf } from "../load_subjects.ts";
import type { Subject } from "../subject.ts";
import { CaseKeeper } from "./last_case.ts";
import { mayStart } from "./permissions.ts";
import { encode, type Hello, linesOf, type Message, type Order } from "./protocol.ts";

async function main(): Promise<void> {
  // A terminal sends its interruption to every process: the gate decides what becomes of this one.
  Deno.addSignalListener("SIGINT", () => {});
  const write = Deno.stdout.writeSync.bind(Deno.stdout);
  const encoder = new TextEncoder();
  const lines = linesOf(Deno.stdin.readable);
  const { nonce, file, cases }: Hello = JSON.parse((await lines.next()).value!);
  const say = (message: Message) => {
    let bytes = encoder.encode(encode(nonce, message));
    while (bytes.length > 0) bytes = bytes.subarray(write(bytes));
  };

  let subjects: Subject[];
  try {
    subjects = subjectsOf(await importFile(file));
  } catch (error) {
    say({ kind: "broken", why: (error as Error).message });
    return;
  }
  say({ kind: "subjects", names: subjects.map(({ name }) => name) });
  // The laws are not needed to list subjects, and the gate does not wait for them.
  const { carryOut } = await import("./in_process.ts");
  if (mayStart()) {
    const { processesFor } = await import("../adapters/apart.ts");
    const apart = processesFor(file);
    subjects = subjects.map((subject, i) => ({ ...subject, apart: apart(i) }));
  }
  const keeper = cases === undefined ? null : new CaseKeeper(cases);
  const told = keeper === null
    ? {
      onCase: (testCase: unknown) => say({ kind: "case", json: JSON.stringify(testCase) }),
      onPartner: (device: DeviceName) => say({ kind: "partner", device }),
    }
    : {
      onDrawn: (cases: readonly unknown[]) => keeper.draw(cases),
      onCase: () => keeper.begin(),
      onPartner: (device: DeviceName) => keeper.keepPartner(device),
    };
  for await (const line of lines) {
    const order: Order = JSON.parse(line);
    const result = await carryOut(order, subjects, told);
    keeper?.forget();
    say({ kind: "result", result });
  }
}

await main();
// What the subject has started would otherwise keep the process.
Deno.exit(0);
