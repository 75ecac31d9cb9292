import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { inputs } from "../argument.ts";
import { decodeNumbers } from "../fill.ts";
import { givenOf, isRefusal } from "../instance.ts";
import type { Json } from "../law.ts";
import { allLaws } from "../laws/mod.ts";
import { judge } from "../runner.ts";
import type { Subject } from "../subject.ts";
import { CHECKS, checkServer } from "./checks.ts";
import { pytorch } from "./pytorch.ts";
import { Server, ServerError } from "./server.ts";
import { pythonWithTorch } from "./testdata/python.ts";

const python = pythonWithTorch("pytorch_test.ts")!;
const file = new URL("testdata/modules.py", import.meta.url).pathname;
const rows = [inputs.tensor({ shape: [inputs.size(1, 3), 4] })];
const lawOf = (id: string) => allLaws.find((law) => law.id === id)!;
const x = givenOf({ tensor: [1, 4], dtype: "float32", fill: "ramp", seed: 0 });

/** A test that needs PyTorch. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: python === null, fn });
}

async function subjectOf(name: string): Promise<Subject> {
  const [subject] = await pytorch([{ name, spec: { file, class: name }, inputs: rows }], {
    python,
  });
  return subject;
}

test("pytorch.py does everything that a server has to", async () => {
  const server = new Server({
    command: [python, "-u", new URL("pytorch.py", import.meta.url).pathname],
  });
  const found: [string, string][] = [];
  const samples = {
    spec: { class: "Linear", args: [4, 2] },
    args: [{ tensor: [3, 4], dtype: "float32", fill: "normal", seed: 1 }] as const,
    prints: { file, class: "Prints" },
  };
  for await (const { check, verdict, why } of checkServer(server, samples)) {
    found.push([check.id, why ?? verdict]);
  }
  await server.close();
  assertEquals(found, CHECKS.map(({ id }) => [id, "passed"]));
});

test("pytorch() finds which laws apply", async () => {
  const batchNorm: Json = {
    class: "Sequential",
    args: [{ class: "BatchNorm1d", args: [4] }, { class: "Dropout" }],
  };
  const [norm, relu] = await pytorch([
    { name: "norm", spec: batchNorm, inputs: rows },
    { name: "relu", spec: { class: "ReLU" } },
  ], { python });
  const has = ({ elsewhere }: Subject, capability: "counters") =>
    elsewhere!.capabilities.has(capability);
  const capabilities = ["parameters", "buffers", "children", "gradients", "dropout", "counters"];
  for (const each of [...capabilities, "runningStatistics", "observable"] as "counters"[]) {
    assertEquals([has(norm, each), has(relu, each)], [true, false], each);
  }
  assert(has(relu, "stateDict" as "counters"));
  assertStringIncludes(norm.elsewhere!.library, "PyTorch ");
});

test("a law refutes a module of PyTorch by what it claims", async () => {
  const result = await judge(lawOf("save/identity"), await subjectOf("ComputesOnInit"));
  assertEquals([result.verdict, result.refutation?.kind], ["refuted", "claim"]);
});

test("what a module throws names the line of the user's file", async () => {
  const { refutation } = await judge(lawOf("save/identity"), await subjectOf("Throws"));
  assertEquals([refutation?.kind, refutation?.what], ["totality", "forward threw"]);
  assertEquals(refutation?.actual, "KeyError: 'two rows'");
  assertEquals(refutation?.where, `${file}:40, in forward`);
});

test("a process that ends makes the case unknown, and the next case has another", async () => {
  const [ends, linear] = await pytorch([
    { name: "Ends", spec: { file, class: "Ends" }, inputs: rows },
    { name: "Linear", spec: { class: "Linear", args: [4, 2] }, inputs: rows },
  ], { python });
  const law = lawOf("save/identity");
  const { verdict, reason } = await judge(law, ends);
  assertEquals(verdict, "unknown");
  assertStringIncludes(reason!, `${python} ended with exit code 3 while asked "forward"`);
  assertEquals((await judge(law, linear, { runs: 2 })).verdict, "held");
});

test("an instance of PyTorch tells of containers, dtypes, refusals and what is not registered", async () => {
  const [{ elsewhere }] = await pytorch([
    { name: "Everything", spec: { file, class: "Everything" } },
  ], { python });
  const instance = await elsewhere!.make(0);
  const output = await instance.forward([x, {
    flag: { shape: [1], dtype: "bool", bytes: Uint8Array.of(1) },
  }]);
  const values = await output.values();
  assertEquals([...values].map(([place, { dtype, shape }]) => `${place} ${dtype}[${shape}]`), [
    "output.list[0] float32[1,4]",
    "output.list[1][0] bfloat16[1,4]",
    "output.count int64[]",
    "output.flag bool[1]",
  ]);
  assertEquals(decodeNumbers(values.get("output.list[1][0]")!.bytes, "bfloat16")[0], -1);
  const refusal = await instance.attempt([x, null]);
  assert(isRefusal(refusal));
  assertEquals([refusal.isError, refusal.name], [true, "TypeError"]);
  const table = await (await subjectOf("PlainTable")).elsewhere!.make(0);
  const [found] = await table.unregistered();
  assertEquals([found.where, found.device], ["self.tables['positions']", "cpu"]);
});

test("what reads the standard input finds it empty", async () => {
  const instance = await (await subjectOf("ReadsInput")).elsewhere!.make(0);
  const values = await (await instance.forward([x])).values();
  assertEquals(decodeNumbers(values.get("output")!.bytes, "float32")[0], -1);
});

test("a module that hangs is ended with the process that judges it", async () => {
  const pids = () =>
    new TextDecoder().decode(
      new Deno.Command("pgrep", { args: ["-f", marker] }).outputSync().stdout,
    )
      .trim();
  const marker = `judged-by-${crypto.randomUUID()}`;
  const program = `
import { Server } from ${JSON.stringify(import.meta.resolve("./server.ts"))};
import { RemoteInstance } from ${JSON.stringify(import.meta.resolve("./remote_instance.ts"))};
const path = ${JSON.stringify(new URL("pytorch.py", import.meta.url).pathname)};
const server = new Server({ command: [${JSON.stringify(python)}, "-u", path, ${
    JSON.stringify(marker)
  }] });
const spec = { file: ${JSON.stringify(file)}, class: "Hangs" };
const instance = await RemoteInstance.make(server, spec, 0);
console.log("made");
await instance.forward([]);
`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  assert(pids() !== "");
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  for (let i = 0; i < 100 && pids() !== ""; i++) await new Promise((done) => setTimeout(done, 100));
  assertEquals(pids(), "");
});

Deno.test("pytorch() says what to install where Python has no PyTorch, or there is none", async () => {
  const missing = () => pytorch([], { python: "/no/such/python" });
  await assertRejects(missing, ServerError, "/no/such/python can't be started");
  await assertRejects(missing, ServerError, "https://pytorch.org/get-started/locally");
});
