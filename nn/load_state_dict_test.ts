import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  fromStorage,
  ones,
  rand,
  randn,
  StateDictError,
  Storage,
  type Tensor,
  tensor,
  zeros,
} from "../core/mod.ts";
import { forDevices } from "../core/testdata/devices.ts";
import {
  BatchNorm1d,
  Buffer,
  Embedding,
  Embeddings,
  Linear,
  Module,
  Parameter,
  Sequential,
  StateDict,
} from "./mod.ts";

/** Every value of a module, to compare before and after. */
async function bits(module: Module): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    [...module.stateDict()].map(async ([key, value]) => [key, await value.data()]),
  );
  return Object.fromEntries(entries);
}

class Tied extends Module {
  embed = new Embedding(4, 3);
  head = new Linear(3, 4, { bias: false });
  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }
}

forDevices("loadStateDict() copies values into the existing tensors", async (device) => {
  const make = () => new Sequential(new Linear(3, 2, { device }), new BatchNorm1d(2, { device }));
  const [source, target] = [make(), make()];
  source.forward(randn([4, 3], { device }));
  const before = [...target.namedParameters(), ...target.namedBuffers()];
  const keys = await target.loadStateDict(source.stateDict());
  assertEquals(keys, { missingKeys: [], unexpectedKeys: [] });
  assertEquals(await bits(target), await bits(source));
  const after = [...target.namedParameters(), ...target.namedBuffers()];
  after.forEach(([, tensor], i) => assertStrictEquals(tensor, before[i][1]));
  // Nothing is shared afterwards.
  source.parameters().forEach((p) => p.detach().zero_());
  assert((await target.parameters()[0].data()).some((value) => value !== 0));
});

Deno.test("loadStateDict() copies across devices and float sizes", async () => {
  const source = new Linear(3, 2, { device: "reference", dtype: "float64" });
  const target = new Linear(3, 2);
  await target.loadStateDict(source.stateDict());
  assertEquals([target.weight.device, target.weight.dtype], ["cpu", "float32"]);
  const expected = [...await source.weight.data()].map((value) => Math.fround(Number(value)));
  assertEquals([...await target.weight.data()].map(Number), expected);
});

Deno.test("loadStateDict() tells every problem at once in PyTorch's wording, and writes nothing", async () => {
  const model = new Embeddings(5, 3, 0.1, 10);
  const before = await bits(model);
  const state = new Map<string, Tensor>([["x", zeros([1])], ["embs.weight", zeros([5, 4])]]);
  const error = await assertRejects(() => model.loadStateDict(state), StateDictError);
  assertEquals(
    error.message,
    "Error(s) in loading state_dict for Embeddings:\n" +
      '\tMissing key(s) in state_dict: "pe".\n' +
      '\tUnexpected key(s) in state_dict: "x".\n' +
      "\tsize mismatch for embs.weight: copying a param with shape [5, 4] from checkpoint, the shape in current model is [5, 3].",
  );
  assertEquals(error.missingKeys, ["pe"]);
  assertEquals(error.unexpectedKeys, ["x"]);
  assertEquals(error.mismatched.length, 1);
  assertEquals(await bits(model), before);
});

Deno.test("loadStateDict() writes nothing wherever the bad entry is", async () => {
  const spoil: ((state: StateDict, key: string) => void)[] = [
    (state, key) => state.delete(key),
    (state, key) => state.set(key, zeros([9, 9])),
    (state, key) => state.set(key, 3 as unknown as Tensor),
    (state, key) =>
      state.set(key, state.get(key)!.type(state.get(key)!.dtype === "int64" ? "float32" : "int64")),
    (state, key) => state.set(key + ".x", zeros([1])),
  ];
  const model = new Sequential(new Linear(2, 2), new BatchNorm1d(2), new Linear(2, 1));
  const before = await bits(model);
  for (const key of model.stateDict().keys()) {
    for (const change of spoil) {
      const state = new Sequential(new Linear(2, 2), new BatchNorm1d(2), new Linear(2, 1))
        .stateDict();
      change(state, key);
      await assertRejects(() => model.loadStateDict(state), StateDictError);
      assertEquals(await bits(model), before);
    }
  }
});

Deno.test("loadStateDict() takes missing and unexpected names as plain set differences", async () => {
  const model = new Sequential(new Linear(2, 1));
  const state = new Map<string, Tensor>();
  for (const key of ["0.weight.scale", "0", "0.Weight", ".0.weight", "0.weight.", "weight", ""]) {
    state.set(key, zeros([1]));
  }
  const keys = await model.loadStateDict(state, { strict: false });
  assertEquals(keys.missingKeys, ["0.weight", "0.bias"]);
  assertEquals(keys.unexpectedKeys, [...state.keys()]);
});

Deno.test("loadStateDict() without strict leaves absent names alone, and still refuses shapes", async () => {
  const model = new BatchNorm1d(2);
  model.forward(randn([4, 2]));
  const before = await bits(model);
  const empty = await model.loadStateDict(new StateDict(), { strict: false });
  assertEquals(empty.missingKeys, ["weight", "bias", "running_mean", "running_var"]);
  assertEquals(await bits(model), before);
  const state = new Map([["weight", zeros([3])]]);
  await assertRejects(
    () => model.loadStateDict(state, { strict: false }),
    StateDictError,
    "size mismatch",
  );
});

Deno.test("loadStateDict() refuses a change between integers, bool and floats", async () => {
  class Index extends Module {
    at = new Buffer(tensor([1n]));
    mask = new Buffer(tensor([true]));
  }
  const error = await assertRejects(
    () => new Index().loadStateDict(new Map([["at", zeros([1])], ["mask", tensor([1n])]])),
    StateDictError,
    "dtype mismatch for at: copying a param with dtype float32 from checkpoint, the dtype in current model is int64.",
  );
  assertEquals(error.mismatched.length, 2);
  const model = new Index();
  await model.loadStateDict(
    new Map([["at", tensor([7], { dtype: "int32" })], ["mask", tensor([false])]]),
  );
  assertEquals(await model.at.tolist(), [7]);
});

Deno.test("loadStateDict() refuses what is no Map, and says if a promise was not awaited", async () => {
  const model = new Linear(1, 1);
  const refused = (state: unknown, about: string) =>
    assertRejects(() => model.loadStateDict(state as Map<string, Tensor>), TypeError, about);
  await refused({ weight: zeros([1, 1]) }, "expected a Map of names to tensors");
  await refused(Promise.resolve(), "await it first");
  await refused(null, "got null");
});

Deno.test("loadStateDict() does not change its argument", async () => {
  const model = new BatchNorm1d(2);
  const state = new Map([...model.stateDict()].filter(([key]) => key !== "num_batches_tracked"));
  const keys = [...state.keys()];
  await model.loadStateDict(state); // a file of version 1
  assertEquals([...state.keys()], keys);
  const loaded = new Linear(1, 1).stateDict({ keepVars: true });
  loaded.get("weight")!.requiresGrad_(false);
  await new Linear(1, 1).loadStateDict(loaded, { assign: true });
  assertEquals(loaded.get("weight")!.requiresGrad, false);
});

Deno.test("loadStateDict() keeps ties, and refuses different values for tied names", async () => {
  const model = new Tied();
  const state = new Tied().stateDict();
  await model.loadStateDict(state);
  assertStrictEquals(model.head.weight, model.embed.weight);
  assertEquals(await model.embed.weight.data(), await state.get("embed.weight")!.data());
  // The same values in memory of their own are no contradiction.
  await model.loadStateDict(new Map([...state].map(([key, value]) => [key, value.clone()])));

  const before = await bits(model);
  state.set("head.weight", rand([4, 3]));
  const error = await assertRejects(() => model.loadStateDict(state), StateDictError);
  assertEquals(
    error.mismatched,
    ["value mismatch for head.weight: it is tied to embed.weight in current model, and the checkpoint gives them different values."],
  );
  assertEquals(await bits(model), before);
});

Deno.test("loadStateDict() takes values that look into the memory it writes", async () => {
  const model = new Sequential(new Linear(1, 2), new Linear(1, 2));
  const state = model.stateDict();
  const [a, b] = [await state.get("0.weight")!.tolist(), await state.get("1.weight")!.tolist()];
  await model.loadStateDict(state); // its own
  const swapped = new Map([...state].map(([key]) => {
    const other = (key.startsWith("0") ? "1" : "0") + key.slice(1);
    return [key, state.get(other)!] as const;
  }));
  await model.loadStateDict(swapped);
  assertEquals(await state.get("0.weight")!.tolist(), b);
  assertEquals(await state.get("1.weight")!.tolist(), a);
});

Deno.test("loadStateDict() loads an expanded buffer, which has too little memory of its own", async () => {
  class Expanded extends Module {
    constructor() {
      super();
      this.registerBuffer("mask", zeros([1]).expand([3]));
    }
  }
  const model = new Expanded();
  const mask = model.getBuffer("mask");
  await model.loadStateDict(new Map([["mask", tensor([1, 2, 3])]]));
  assertStrictEquals(model.getBuffer("mask"), mask);
  assertEquals(await mask.tolist(), [1, 2, 3]);
});

Deno.test("loadStateDict() copies dtypes that don't compute bit for bit", async () => {
  const bytes = (values: number[]) =>
    fromStorage(Storage.fromBytes("uint16", new Uint8Array(values)), { shape: [2] });
  class Raw extends Module {
    raw = new Buffer(bytes([1, 2, 3, 4]));
  }
  const model = new Raw();
  const { raw } = model;
  await model.loadStateDict(new Map([["raw", bytes([5, 6, 7, 8])]]));
  assertStrictEquals(model.raw, raw);
  assertEquals([...new Uint8Array((await raw.data()).buffer)], [5, 6, 7, 8]);
});

Deno.test("loadStateDict() loads a one-element file of PyTorch before 0.4 into a scalar", async () => {
  class Scalar extends Module {
    x = new Parameter(tensor(0));
  }
  const model = new Scalar();
  await model.loadStateDict(new Map([["x", tensor([5])]]));
  assertEquals(await model.x.item(), 5);
});

Deno.test("loadStateDict() with assign installs the tensors, with ties, flags and persistence", async () => {
  class Full extends Tied {
    frozen = new Parameter(zeros([1]), { requiresGrad: false });
    mask = new Buffer(zeros([2]));
    constructor() {
      super();
      this.registerBuffer("plain", zeros([2]));
    }
  }
  const model = new Full();
  const before = { ...model };
  const state = new Full().stateDict();
  state.set("mask", ones([2], { dtype: "float64" }));
  await model.loadStateDict(state, { assign: true });
  assert(model.embed.weight instanceof Parameter && model.mask instanceof Buffer);
  assertStrictEquals(model.head.weight, model.embed.weight);
  assertEquals([model.frozen.requiresGrad, model.embed.weight.requiresGrad], [false, true]);
  assertEquals(model.mask.dtype, "float64");
  assert(model.frozen !== before.frozen);
  assertStrictEquals(model.frozen.storage, state.get("frozen")!.storage);
  assertEquals([...model.stateDict().keys()], [...new Full().stateDict().keys()]);

  // A tie holds though the checkpoint has only one of the names.
  const half = new Map([["embed.weight", ones([4, 3])]]);
  await model.loadStateDict(half, { assign: true, strict: false });
  assertStrictEquals(model.head.weight, model.embed.weight);
});

Deno.test("loadStateDict() with assign keeps apart what one storage of the file gives to two", async () => {
  const model = new Sequential(
    new Linear(2, 2, { bias: false }),
    new Linear(2, 2, { bias: false }),
  );
  const shared = ones([2, 2]);
  await model.loadStateDict(new Map([["0.weight", shared], ["1.weight", shared]]), {
    assign: true,
  });
  const [a, b] = model.parameters();
  a.detach().zero_();
  assertEquals(await b.tolist(), [[1, 1], [1, 1]]);
});

class Counting extends Module {
  w = new Parameter(zeros([1]));
  count = 0;
  override getExtraState(): unknown {
    return this.count;
  }
  override setExtraState(state: unknown): void {
    if (typeof state !== "number") throw new TypeError("Counting: expected a number");
    this.count = state;
  }
}

Deno.test("getExtraState() and setExtraState() save and load under _extra_state, all or nothing", async () => {
  const source = new Sequential(new Counting(), new Counting());
  (source[0] as Counting).count = 3;
  const state = source.stateDict();
  assertEquals([...state.keys()], ["0.w", "0._extra_state", "1.w", "1._extra_state"]);
  const target = new Sequential(new Counting(), new Counting());
  await target.loadStateDict(state);
  assertEquals((target[0] as Counting).count, 3);

  state.set("0._extra_state", 9 as unknown as Tensor);
  state.set("1._extra_state", "no" as unknown as Tensor);
  await assertRejects(() => target.loadStateDict(state), TypeError, "expected a number");
  assertEquals((target[0] as Counting).count, 3);
  state.delete("1._extra_state");
  await assertRejects(() => target.loadStateDict(state), StateDictError, `"1._extra_state"`);
  await assertRejects(
    () => new Linear(1, 1).loadStateDict(new Counting().stateDict()),
    StateDictError,
    `Unexpected key(s) in state_dict: "w", "_extra_state".`,
  );
});

Deno.test("register*StateDict*Hook() change what is saved and loaded until they are removed", async () => {
  const model = new Sequential(new Linear(1, 1));
  const seen: string[] = [];
  const handles = [
    model[0].registerStateDictPreHook((_module, prefix) => void seen.push(`before ${prefix}`)),
    model[0].registerStateDictHook((_module, state, prefix, metadata) => {
      state.set(`${prefix}kernel`, state.get(`${prefix}weight`)!);
      state.delete(`${prefix}weight`);
      metadata.set("renamed", true);
    }),
    model[0].registerLoadStateDictPreHook((_module, state, prefix, metadata) => {
      assertEquals(metadata.get("renamed"), true);
      state.set(`${prefix}weight`, state.get(`${prefix}kernel`));
      state.delete(`${prefix}kernel`);
    }),
    model.registerLoadStateDictPostHook((_module, { missingKeys }) => {
      seen.push(`after ${missingKeys.length}`);
    }),
  ];
  const state = model.stateDict();
  assertEquals([...state.keys()], ["0.bias", "0.kernel"]);
  await model.loadStateDict(state);
  assertEquals(seen, ["before 0.", "after 0"]);
  for (const handle of handles) handle.remove();
  assertEquals([...model.stateDict().keys()], ["0.weight", "0.bias"]);
  assert(state.has("0.kernel"));
});
