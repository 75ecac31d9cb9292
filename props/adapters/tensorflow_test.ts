import { assert, assertEquals } from "@std/assert";
import { inputs } from "../argument.ts";
import { saveIdentity } from "../laws/save/identity.ts";
import type { Json } from "../law.ts";
import { judge } from "../runner.ts";
import { checkServer } from "./checks.ts";
import { Server } from "./server.ts";
import { tensorflow, tensorflowServer } from "./tensorflow.ts";

/** Why the library can't be had, or null: without it and without a network there is nothing to test. */
async function missing(): Promise<string | null> {
  const [program, ...args] = tensorflowServer().command;
  const { code, stderr } = await new Deno.Command(program, {
    args: ["cache", ...args.slice(args.indexOf("--quiet"))],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  return code !== 0 && /error sending request|client error|dns error|timed out/i.test(text)
    ? text.trim()
    : null;
}

const reason = await missing();
if (reason !== null) console.warn(`TensorFlow.js is not tested, as it can't be fetched: ${reason}`);

type Config = Readonly<Record<string, Json>>;

function sequential(...layers: readonly (readonly [className: string, config: Config])[]): Json {
  const config = { layers: layers.map(([class_name, config]) => ({ class_name, config })) };
  return { class_name: "Sequential", config };
}

const first = { batch_input_shape: [null, 4] };
/** A layer that hides a tensor, and prints. */
const SHIFT = {
  topology: sequential(["Shift", { ...first, name: "shift" }]),
  modules: [import.meta.resolve("./tensorflow/testdata/shift.ts")],
};
const f32 = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
const tensor = (shape: readonly number[], ...numbers: number[]) => ({
  shape,
  dtype: "float32",
  bytes: f32(...numbers),
});

/** What a test asks the server. */
interface Asked {
  ask(op: string, fields?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The contents of the tensors of an answer, by name. */
  read(op: string, fields: Record<string, unknown>): Promise<Record<string, number[]>>;
  make(topology: Json): Promise<number>;
}

const tests: (readonly [name: string, test: (asked: Asked) => Promise<void>])[] = [];

function tested(name: string, test: (asked: Asked) => Promise<void>): void {
  tests.push([name, test]);
}

tested("names are the same in each instance, and tell the models around", async ({ ask, make }) => {
  const inner = {
    class_name: "Sequential",
    config: {
      name: "inner",
      layers: [{ class_name: "Dense", config: { ...first, name: "fc", units: 2 } }],
    },
  };
  const config = { name: "outer", layers: [inner] };
  const names = async () => {
    const h = await make({ class_name: "Sequential", config });
    const { entries } = await ask("list", { h }) as { entries: { name: string }[] };
    return entries.map(({ name }) => name);
  };
  assertEquals(await names(), ["inner.fc.kernel", "inner.fc.bias"]);
  assertEquals(await names(), ["inner.fc.kernel", "inner.fc.bias"]);
});

tested("what is frozen stays a parameter, and statistics a buffer", async ({ ask, make }) => {
  const norm = ["BatchNormalization", { name: "norm" }] as const;
  const h = await make(sequential(["Dense", { ...first, name: "fc", units: 2 }], norm));
  const said = async () => {
    const { entries } = await ask("list", { h }) as {
      entries: { name: string; role: string; requiresGrad: boolean }[];
    };
    const text = entries.map(({ name, role, requiresGrad }) =>
      `${name} ${role}${requiresGrad ? "" : ", frozen"}`
    );
    return text.sort();
  };
  const parameters = ["fc.bias", "fc.kernel", "norm.beta", "norm.gamma"];
  const buffers = ["norm.moving_mean buffer, frozen", "norm.moving_variance buffer, frozen"];
  const all = (mark: (name: string) => string) => [...parameters.map(mark), ...buffers].sort();
  assertEquals(await said(), all((name) => `${name} parameter`));
  await ask("requireGrad", { h, flag: false, names: null });
  assertEquals(await said(), all((name) => `${name} parameter, frozen`));
  await ask("requireGrad", { h, flag: true, names: ["fc.bias"] });
  const thawed = (name: string) => `${name} parameter${name === "fc.bias" ? "" : ", frozen"}`;
  assertEquals(await said(), all(thawed));
  await ask("requireGrad", { h, flag: true, names: null });
  assertEquals(await said(), all((name) => `${name} parameter`));
});

tested(
  "gradients of a layer are what they are by hand, and add up",
  async ({ ask, read, make }) => {
    const h = await make(sequential(["Dense", { ...first, name: "fc", units: 1 }]));
    await ask("write", { h, values: new Map([["fc.kernel", tensor([4, 1], 1, 2, 3, 4)]]) });
    const args = [tensor([2, 4], 1, 0, 2, 0, 0, 1, 0, 3)];
    const call = { h, args, seed: null, recorded: true, inputGradients: true };
    const { o } = await ask("forward", call);
    assertEquals(await read("values", { o }), { output: [7, 14] });
    for (const times of [1, 2]) {
      await ask("backward", { o, weights: [tensor([2, 1], 1, 10)] });
      assertEquals(await read("gradients", { h }), {
        "fc.kernel": [1, 10, 2, 30].map((each) => each * times),
        "fc.bias": [11 * times],
      });
    }
    const rows = [1, 2, 3, 4, 10, 20, 30, 40].map((each) => each * 2);
    assertEquals(await read("inputGradients", { o }), { "arguments[0]": rows });
  },
);

tested(
  "backward keeps what forward dropped, and moves no statistics",
  async ({ ask, read, make }) => {
    const h = await make(
      sequential(["Dropout", { ...first, name: "drop", rate: 0.5 }], ["BatchNormalization", {
        name: "norm",
      }]),
    );
    const drop = (await ask("part", { h, name: "drop" })).h;
    const args = [tensor([2, 4], 1, 1, 1, 1, 1, 1, 1, 1)];
    const options = { seed: 5, recorded: true, inputGradients: true };
    const { o } = await ask("forward", { h: drop, args, ...options });
    const { output } = await read("values", { o });
    assert(output.includes(0) && output.includes(2));
    const before = await ask("randomState");
    await ask("backward", { o, weights: [tensor([2, 4], 1, 1, 1, 1, 1, 1, 1, 1)] });
    assertEquals(await read("inputGradients", { o }), { "arguments[0]": output });
    assertEquals(await ask("randomState"), before);

    const whole = await ask("forward", { h, args, ...options });
    const state = await read("read", { h });
    assert(state["norm.moving_mean"].some((value) => value !== 0));
    await ask("backward", { o: whole.o, weights: [tensor([2, 4], 1, 2, 3, 4, 5, 6, 7, 8)] });
    assertEquals(await read("read", { h }), state);
  },
);

tested("files, loads, looks and refusals leave nothing behind", async ({ ask, read, make }) => {
  const shared = (units: number) => ["Dense", { ...first, name: "fc", units }] as const;
  const h = await make(sequential(shared(4), ["Dense", { name: "out", units: 1 }]));
  const saved = await read("read", { h });
  const { d } = await ask("stateDict", { h });
  const edits = new Map<string, unknown>([["out.bias", tensor([3], 1, 2, 3)]]);
  const wrong = await ask("editState", { d, edits });
  const loaded = { h, d: wrong.d, strict: true };
  const { error } = await ask("load", loaded) as { error: string };
  assertEquals(error, "Error");
  assertEquals(await read("read", { h }), saved);
  const refused = await ask("attempt", { h, args: [tensor([1, 2], 1, 2)] });
  assertEquals((refused.refusal as { name: string }).name, "ValueError");
  for (const how of ["list", "stateDict", "save", "print", "optimizer"]) {
    await ask("look", { h, how });
  }
});

Deno.test("the server for TensorFlow.js", { ignore: reason !== null }, async (t) => {
  const server = new Server(tensorflowServer());
  server.ready();
  const ask: Asked["ask"] = async (op, fields) => (await server.call(op, fields)).ok;
  const asked: Asked = {
    ask,
    async read(op, fields) {
      const { ok, bin } = await server.call(op, fields);
      const values = ok.values as [string, { b: number }][];
      return Object.fromEntries(
        values.map(([name, { b }]) => [name, [...new Float32Array(bin[b].buffer)]]),
      );
    },
    make: async (topology) => (await ask("new", { spec: { topology }, seed: 1 })).h as number,
  };
  for (const [name, test] of tests) {
    await t.step(name, async () => {
      await test(asked);
      // It refuses if a tensor is left.
      await ask("free");
    });
  }
  await t.step("it passes every check of servers", async () => {
    const samples = {
      spec: { topology: sequential(["Dense", { ...first, name: "fc", units: 3 }]) },
      args: [{ tensor: [2, 4], dtype: "float32", fill: "normal", seed: 1 }],
      prints: SHIFT,
    } as const;
    for await (const { check, verdict, why } of checkServer(server, samples)) {
      assertEquals([check.id, verdict, why], [check.id, "passed", null]);
    }
  });
  await server.close();
});

Deno.test("a tensor that a layer of TensorFlow.js hides is found", {
  ignore: reason !== null,
}, async () => {
  const [subject] = await tensorflow([{
    name: "Shift",
    spec: SHIFT,
    inputs: [inputs.tensor({ shape: [2, 4] })],
  }]);
  const instance = await subject.elsewhere!.make(1);
  assertEquals((await instance.unregistered()).map(({ where }) => where), ["shift.table"]);
  await subject.elsewhere!.release();
  const { verdict, refutation } = await judge(saveIdentity, subject, { device: "cpu" });
  assertEquals([verdict, refutation?.what], [
    "refuted",
    "The loaded instance computes something else: part of its state is not in the file",
  ]);
});
