/**
 * Serves the modules of this package, as another library would be served: `deno run server.ts [FAULT]`.
 * With the id of a check as its fault it does wrong what that check looks for. The spec is the name of a
 * subject, or `"Prints"`.
 *
 * @module
 */
import { fromStorage, manualSeed, noGrad, Storage, type Tensor } from "../../../core/mod.ts";
import { Module } from "../../../nn/mod.ts";
import { Adam, AdamW, type Optimizer, SGD } from "../../../nn/optim/mod.ts";
import { load, toBytes } from "../../../serialize/mod.ts";
import { snapshots, tensorsIn } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import type { Contents, Edit, Given, HeldState, Instance, Look } from "../../instance.ts";
import { arrange } from "../../layout.ts";
import { constructWatched, ModuleInstance } from "../../module_instance.ts";
import { builtinSubjects } from "../../subjects/builtin.ts";
import { encodeFrame, FrameReader } from "../frames.ts";
import { pack, unpack, unpackAll } from "../values.ts";

/** A module that prints whenever it is made or called. */
class Prints extends Module {
  override forward(x: Tensor): Tensor {
    console.log("{}");
    return x;
  }
}

type Fields = Readonly<Record<string, never>>;
type Answer = Record<string, unknown> | void;

/** A request, as operations see it. */
interface Request {
  readonly fields: Fields;
  readonly bin: readonly Uint8Array[];
}

const [fault] = Deno.args;
let handles: unknown[] = [];
let generation = 0;

const handle = (thing: unknown): number => handles.push(thing);
const held = <T>(number: number): T => {
  if (number > handles.length) throw new RangeError(`There is no handle ${number}`);
  return handles[number - 1] as T;
};

interface Held {
  readonly module: Module;
  readonly instance: Instance;
}
interface Called {
  readonly given: readonly unknown[];
  readonly value: unknown;
}
interface Trained {
  readonly module: Module;
  readonly optimizer: Optimizer | null;
}

function made(spec: string): () => Module {
  if (spec === "Prints") return () => new Prints();
  const make = builtinSubjects.find(({ name }) => name === spec)?.make ?? null;
  if (make === null) throw new TypeError(`There is no ${JSON.stringify(spec)}`);
  return make;
}

function tensorOf({ fields: _, bin }: Request, described: Given): Tensor {
  const { shape, dtype, bytes } = unpack(described, bin);
  const storage = Storage.fromBytes(dtype, bytes as Uint8Array<ArrayBuffer>);
  const { layout = "contiguous" } = described as unknown as Contents;
  return arrange(fromStorage(storage, { shape: [...shape] }), layout);
}

function built(request: Request, given: Given, gradients: boolean): unknown {
  if (typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map((item) => built(request, item, gradients));
  if (!("b" in given)) {
    return Object.fromEntries(
      Object.entries(given).map(([key, item]) => [key, built(request, item as Given, gradients)]),
    );
  }
  const tensor = tensorOf(request, given);
  return gradients && isFloating(tensor) ? tensor.requiresGrad_(true) : tensor;
}

function called(module: Module, given: unknown[], recorded: boolean): Answer {
  const call = () => module.forward(...given);
  const value = recorded ? call() : noGrad(call);
  const outputs = tensorsIn(value).map(([place, { shape, dtype, requiresGrad }]) => ({
    place,
    shape: [...shape],
    dtype,
    requiresGrad,
  }));
  return { o: handle({ given, value }), outputs };
}

const stateOf = (state: HeldState): Answer => ({ d: handle(state), entries: state.entries });

const gradientsOf = (named: readonly [string, Tensor][]) =>
  snapshots(
    named.flatMap(([name, { grad }]): [string, Tensor][] => grad === null ? [] : [[name, grad]]),
  );

/** Operations on the instance `h`. */
const ON_INSTANCES: Record<string, (on: Held, request: Request) => Promise<Answer> | Answer> = {
  list: async ({ instance }) => {
    const listing = await instance.list();
    if (fault !== "numbers") return { ...listing };
    const entries = listing.entries.map((each) => ({ ...each, object: ++generation }));
    return { ...listing, entries };
  },
  modes: async ({ instance }) => ({ modes: await instance.modes() }),
  unregistered: async ({ instance }) => ({ tensors: await instance.unregistered() }),
  read: async ({ instance }) => {
    const values = await instance.read();
    return { values: fault === "names" ? [...values].slice(1) : values };
  },
  write: ({ instance }, { fields, bin }) =>
    fault === "write" ? {} : instance.write(unpackAll(fields.values, bin)),
  gradients: async ({ instance }) => ({ values: await instance.gradients() }),
  setGradients: ({ instance }, { fields, bin }) =>
    instance.setGradients(
      new Map((fields.values as [string, unknown][]).map(([name, value]) => [
        name,
        value === null ? null : unpack(value, bin),
      ])),
    ),
  zeroGrad: ({ instance }, { fields }) => instance.zeroGrad(fields.setToNone),
  requireGrad: ({ instance }, { fields }) =>
    instance.requireGrad(fields.flag, fields.names ?? undefined),
  train: ({ instance }, { fields }) => instance.train(fields.mode),
  to: ({ instance }, { fields }) => instance.to(fields.target),
  stateDict: async ({ instance }) => stateOf(await instance.stateDict()),
  load: async ({ instance }, { fields }) => ({
    ...await instance.load(held(fields.d), fields.strict),
  }),
  save: async ({ instance }) => ({ file: await instance.save() }),
  parse: async ({ instance }, { fields, bin }) => stateOf(await instance.parse(bin[fields.file])),
  forward: ({ module }, request) => {
    const { args, seed, recorded, inputGradients } = request.fields;
    const given = built(request, args, inputGradients) as unknown[];
    if (seed !== null) manualSeed(seed);
    return called(module, given, recorded);
  },
  attempt: ({ module }, request) => {
    try {
      return called(module, built(request, request.fields.args, false) as unknown[], true);
    } catch (error) {
      const { name, message } = error as Error;
      return { refusal: { isError: true, name, message } };
    }
  },
  part: async ({ module, instance }, { fields }) => {
    const inner = new Map(module.namedModules({ removeDuplicate: false })).get(fields.name)!;
    return { h: handle({ module: inner, instance: await instance.part(fields.name) }) };
  },
  optimizer: ({ module }, { fields }) => {
    const { kind, lr, momentum, weightDecay } = fields as unknown as Record<string, number>;
    const parameters = module.parameters();
    if (parameters.length === 0) return { t: handle({ module, optimizer: null }) };
    const decay = weightDecay === null ? {} : { weightDecay };
    const make = {
      SGD: () => new SGD(parameters, { lr, ...(momentum === null ? {} : { momentum }), ...decay }),
      Adam: () => new Adam(parameters, { lr, ...decay }),
      AdamW: () => new AdamW(parameters, { lr, ...decay }),
    }[kind as unknown as "SGD"];
    return { t: handle({ module, optimizer: make() }) };
  },
  look: ({ instance }, { fields }) => instance.look(fields.how as Look),
};

/** Operations on the state dict `d`. */
const ON_STATES: Record<string, (on: HeldState, request: Request) => Promise<Answer> | Answer> = {
  entries: (state) => ({ entries: state.entries }),
  readState: async (state) => ({ values: await state.read() }),
  writeState: (state, { fields, bin }) => state.write(unpackAll(fields.values, bin)),
  editState: async (state, { fields, bin }) =>
    stateOf(
      await state.edit(
        new Map((fields.edits as [string, unknown][]).map(([name, edit]): [string, Edit] => [
          name,
          edit === null || edit === "delete" ? edit : unpack(edit, bin),
        ])),
      ),
    ),
};

/** Operations on the output `o`. */
const ON_OUTPUTS: Record<string, (on: Called, request: Request) => Promise<Answer> | Answer> = {
  values: async ({ value }) => {
    const values = await snapshots(tensorsIn(value));
    return { values: fault === "forward" ? [] : values };
  },
  inputs: async ({ given }) => ({ values: await snapshots(tensorsIn(given, "arguments")) }),
  backward: ({ value }, request) => {
    const weights = request.fields.weights as (Given | null)[];
    const heads = tensorsIn(value).map(([, head], i) => ({ head, weight: weights[i] }))
      .filter(({ head, weight }) => weight !== null && head.requiresGrad);
    for (const [i, { head, weight }] of heads.entries()) {
      head.backward(tensorOf(request, weight), { retainGraph: i < heads.length - 1 });
    }
  },
  inputGradients: async ({ given }) => ({
    values: await gradientsOf(tensorsIn(given, "arguments")),
  }),
};

/** Operations on the optimizer `t`. */
const ON_TRAININGS: Record<string, (on: Trained, request: Request) => Promise<Answer> | Answer> = {
  clear: ({ optimizer }) => optimizer?.zeroGrad(),
  step: ({ optimizer }) => void optimizer?.step(),
  saveTraining: async ({ module, optimizer }) => {
    const both = new Map<string, unknown>([["model", module.stateDict()]]);
    if (optimizer !== null) both.set("optimizer", optimizer.stateDict());
    return { file: await toBytes(both) };
  },
  loadTraining: async ({ module, optimizer }, { fields, bin }) => {
    const state: ReadonlyMap<string, unknown> = await load(bin[fields.file]);
    const of = (name: string) => state.get(name) as ReadonlyMap<string, unknown>;
    await module.loadStateDict(of("model"));
    await optimizer?.loadStateDict(of("optimizer"));
  },
};

/** Operations without a handle. */
const ON_NOTHING: Record<string, (request: Request) => Promise<Answer> | Answer> = {
  hello: () => ({
    protocol: fault === "hello" ? 2 : 1,
    library: "Touchstone",
    version: "0.1.0",
    devices: ["cpu"],
    features: [
      "stateDict",
      "files",
      "optimizers",
      "casts",
      "random",
      "layouts",
      "persistence",
      "gradients",
    ],
  }),
  echo: ({ fields, bin }) => ({
    values: (fields.values as Given[]).map((described) => damaged({ ...unpack(described, bin) })),
  }),
  new: ({ fields }) => {
    const make = made(fields.spec);
    manualSeed(fault === "seed" ? ++generation : fields.seed);
    const { value: module, transient } = constructWatched(make);
    return { h: handle({ module, instance: new ModuleInstance(module, "cpu", transient) }) };
  },
  free: () => {
    if (fault !== "free") handles = [];
  },
  seed: ({ fields }) => void manualSeed(fields.seed),
  randomState: async () => ({ state: await anyInstance().randomState() }),
  setRandomState: ({ fields }) => anyInstance().setRandomState(fields.state),
};

const anyInstance = () => new ModuleInstance(new Module(), "cpu", new Map());

/** What an echo makes of a tensor: itself, unless it is asked to fail. */
function damaged(value: Contents): Contents {
  const { shape, dtype, bytes } = value;
  if (fault === "bits" && dtype === "float32") {
    const elements = new Float32Array(bytes.slice().buffer).map((each) => each + 0);
    return { shape, dtype, bytes: new Uint8Array(elements.buffer) };
  }
  if (fault === "shapes" && shape.length === 0) return { shape: [1], dtype, bytes };
  if (fault === "integers" && dtype === "int64") {
    const elements = [...new BigInt64Array(bytes.slice().buffer)].map((each) => BigInt(Number(each)));
    return { shape, dtype, bytes: new Uint8Array(BigInt64Array.from(elements).buffer) };
  }
  if (fault === "large" && bytes.length > 2 ** 20) return { shape, dtype, bytes: bytes.fill(1, 9, 10) };
  if (fault === "newlines" && dtype === "uint8") {
    return { shape, dtype, bytes: bytes.map((byte) => byte === 10 ? 32 : byte) };
  }
  return value;
}

async function carryOut(request: Request & { op: string }): Promise<Answer> {
  const { op, fields } = request;
  if (op in ON_INSTANCES) return await ON_INSTANCES[op](held<Held>(fields.h), request);
  if (op in ON_STATES) return await ON_STATES[op](held<HeldState>(fields.d), request);
  if (op in ON_OUTPUTS) return await ON_OUTPUTS[op](held<Called>(fields.o), request);
  if (op in ON_TRAININGS) return await ON_TRAININGS[op](held<Trained>(fields.t), request);
  if (op in ON_NOTHING) return await ON_NOTHING[op](request);
  if (fault === "unknown") Deno.exit(1);
  throw Object.assign(new Error(`There is no operation ${op}`), { name: "unsupported" });
}

const write = Deno.stdout.writeSync.bind(Deno.stdout);

function say(head: Record<string, unknown>, bin: readonly Uint8Array[]): void {
  let bytes: Uint8Array = encodeFrame({ head, bin });
  while (bytes.length > 0) bytes = bytes.subarray(write(bytes));
}

async function main(): Promise<void> {
  // What modules print is no answer.
  if (fault !== "prints") console.log = console.error;
  const reader = new FrameReader();
  const late: (() => void)[] = [];
  for await (const piece of Deno.stdin.readable) {
    for (const { head: { id, op, ...fields }, bin } of reader.push(piece)) {
      let answer: () => void;
      try {
        const ok = await carryOut({ op: op as string, fields: fields as Fields, bin });
        const out: Uint8Array[] = [];
        const packed = pack(ok ?? {}, out);
        answer = () => say({ id, ok: packed }, out);
      } catch (error) {
        const { name, message } = error as Error;
        if (fault === "refused") Deno.exit(1);
        answer = () => say({ id, err: { type: name, message } }, []);
      }
      if (fault !== "order") answer();
      else if (late.push(answer) === 3) late.splice(0).reverse().forEach((each) => each());
    }
    late.splice(0).reverse().forEach((each) => each());
  }
}

await main();
