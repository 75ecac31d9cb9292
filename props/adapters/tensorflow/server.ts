/**
 * The server for TensorFlow.js: makes and calls its layers for the laws, as `docs/protocol.md` says.
 *
 *     deno run -A --no-config --lock=props/adapters/tensorflow/deno.lock props/adapters/tensorflow/server.ts
 *
 * @module
 */
import "./quiet.ts";
import { encodeFrame, type Frame, FrameReader } from "../frames.ts";
import { Instance, type Spec } from "./instance.ts";
import type { Output } from "./output.ts";
import { randomState, setRandomState } from "./random.ts";
import { entriesOf, load, parse, save, type State, stateOf, tensorsIn } from "./state.ts";
import { type Described, isDescribed, pack, tensorOf, UnsupportedError } from "./tensors.ts";
import { tf } from "./tf.ts";

/** What requests hold, each some of it. */
interface Request {
  h: number;
  d: number;
  o: number;
  spec: Spec;
  seed: number | null;
  args: unknown[];
  values: unknown[];
  edits: [string, Described | null | "delete"][];
  weights: (Described | null)[];
  names: string[] | null;
  name: string;
  mode: boolean;
  flag: boolean;
  strict: boolean;
  setToNone: boolean;
  recorded: boolean;
  inputGradients: boolean;
  file: number;
  how: string;
  state: string;
}

type Handler = (request: Request, bin: readonly Uint8Array[], out: Uint8Array[]) => unknown;

const instances: Instance[] = [];
const states: State[] = [];
const outputs: Output[] = [];
/** What `free` disposes. */
const owned: { dispose(): void }[] = [];
/** Tensors that are no one's: none, unless something leaks. */
const atRest = tf.memory().numTensors;

function held<T>(list: readonly T[], handle: number): T {
  const found = list[handle];
  if (found === undefined) throw new ProtocolError(`There is nothing with the handle ${handle}`);
  return found;
}

class ProtocolError extends Error {
  override name = "protocol";
}

const instance = ({ h }: Request) => held(instances, h);
const state = ({ d }: Request) => held(states, d);
const output = ({ o }: Request) => held(outputs, o);
const kept = (list: unknown[], value: unknown) => list.push(value) - 1;

/** A state dict as an answer. */
function handed(state: State): unknown {
  return { d: kept(states, state), entries: entriesOf(state) };
}

/** Runs something with tensors of a request, which are freed after it. */
function using(
  values: unknown[],
  bin: readonly Uint8Array[],
  run: (tensors: Map<string, tf.Tensor>) => void,
): void {
  const pairs = values as [string, Described][];
  const tensors = new Map(pairs.map(([name, value]) => [name, tensorOf(value, bin)]));
  try {
    run(tensors);
  } finally {
    tf.dispose([...tensors.values()]);
  }
}

function call(request: Request, bin: readonly Uint8Array[], recorded: boolean): unknown {
  const { seed = null, inputGradients = false } = request;
  const args: unknown[] = [];
  try {
    for (const arg of request.args) args.push(isDescribed(arg) ? tensorOf(arg, bin) : arg);
    if (seed !== null) setRandomState(seed);
    const value = instance(request).forward({ args, recorded, inputGradients });
    return { o: kept(outputs, keep(value)), outputs: value.described };
  } catch (error) {
    tf.dispose(args as tf.TensorContainer);
    throw error;
  }
}

function written(state: State, values: ReadonlyMap<string, tf.Tensor>): void {
  for (const [name, value] of tensorsIn(state)) {
    const to = values.get(name);
    if (to !== undefined) value.assign(to);
  }
}

const LOOKS: Readonly<Record<string, (of: Instance) => unknown>> = {
  list: (of) => of.list(),
  stateDict: (of) => stateOf(of.layer),
  save: (of) => save(of.model),
  print: (of) => of.model.summary(undefined, undefined, () => {}),
  optimizer: (of) => of.model.compile({ optimizer: "sgd", loss: "meanSquaredError" }),
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  hello: () => ({
    protocol: 2,
    library: "TensorFlow.js",
    version: tf.version_core,
    devices: [tf.getBackend()],
    features: ["stateDict", "files", "random", "lookups", "gradients"],
  }),
  echo: ({ values }, bin) => ({
    values: (values as Described[]).map((value) => {
      // What the library has no dtype for comes back as it went.
      const { shape, dtype, b } = value;
      return dtype === "float32" || dtype === "int32" || dtype === "bool"
        ? keep(tensorOf(value, bin))
        : { shape, dtype, b: bin[b] };
    }),
  }),
  new: async ({ spec, seed }) => ({
    h: kept(instances, keep(await Instance.make(spec, seed ?? 0))),
  }),
  free: () => {
    for (const each of owned) each.dispose();
    // What a load that failed has made, and layers that a model calls twice, which it lets go of once:
    // https://github.com/tensorflow/tfjs/issues/8471
    tf.disposeVariables();
    for (const list of [outputs, instances, owned, states]) list.length = 0;
    const left = tf.memory().numTensors - atRest;
    if (left !== 0) throw new Error(`${left} tensors are left after everything was disposed`);
  },
  list: (request) => instance(request).list(),
  modes: (request) => ({ modes: instance(request).modes() }),
  unregistered: (request) => ({ tensors: instance(request).unregistered() }),
  leads: (request) => ({ leads: instance(request).leads() }),
  read: (request) => ({ values: instance(request).read() }),
  write: (request, bin) =>
    using(request.values, bin, (tensors) => instance(request).write(tensors)),
  gradients: (request) => ({ values: instance(request).gradients() }),
  setGradients: (request, bin) => {
    const pairs = request.values as [string, Described | null][];
    instance(request).setGradients(
      new Map(pairs.map(([name, value]) => [name, value === null ? null : tensorOf(value, bin)])),
    );
  },
  zeroGrad: (request) => instance(request).zeroGrad(request.setToNone),
  requireGrad: (request) => instance(request).requireGrad(request.flag, request.names),
  train: (request) => instance(request).train(request.mode),
  stateDict: (request) => handed(stateOf(instance(request).layer)),
  entries: (request) => ({ entries: entriesOf(state(request)) }),
  readState: (request) => ({ values: tensorsIn(state(request)) }),
  writeState: (request, bin) =>
    using(request.values, bin, (tensors) => written(state(request), tensors)),
  editState: (request, bin) => {
    const copy: State = new Map(state(request));
    for (const [name, edit] of request.edits) {
      if (edit === "delete") copy.delete(name);
      else if (edit === null) copy.set(name, null);
      else copy.set(name, keep(variable(edit, bin)));
    }
    return handed(copy);
  },
  load: (request) => load(instance(request).model, state(request), request.strict),
  save: async (request) => ({ file: await save(instance(request).model) }),
  parse: async ({ file }, bin) => handed(stateOf(keep(await parse(bin[file])))),
  forward: (request, bin) => call(request, bin, request.recorded),
  attempt: (request, bin) => {
    try {
      return call(request, bin, true);
    } catch (error) {
      const isError = error instanceof Error;
      const name = isError ? error.constructor.name : typeof error;
      return { refusal: { isError, name, message: isError ? error.message : String(error) } };
    }
  },
  values: (request) => ({ values: output(request).values }),
  inputs: (request, _, out) => ({
    values: output(request).given.map(([place, input, requiresGrad]) => [
      place,
      { ...pack(input, out) as Described, requiresGrad },
    ]),
  }),
  backward: (request, bin) => {
    const weights = request.weights.map((each) => each === null ? null : tensorOf(each, bin));
    output(request).backward(weights);
    tf.dispose(weights.filter((weight) => weight !== null));
  },
  inputGradients: (request) => ({ values: output(request).inputGradients }),
  part: (request) => ({ h: kept(instances, instance(request).part(request.name)) }),
  look: async (request) => void await LOOKS[request.how](instance(request)),
  seed: ({ seed }) => setRandomState(seed ?? 0),
  randomState: () => ({ state: String(randomState()) }),
  setRandomState: ({ state }) => setRandomState(Number(state)),
};

function keep<T extends { dispose(): unknown }>(value: T): T {
  owned.push(value);
  return value;
}

function variable(described: Described, bin: readonly Uint8Array[]): tf.Variable {
  const tensor = tensorOf(described, bin);
  const value = tf.variable(tensor);
  tensor.dispose();
  return value;
}

async function answer({ head, bin }: Frame): Promise<Frame> {
  const { id, op } = head as { id: number; op: string };
  const out: Uint8Array[] = [];
  try {
    const handler = HANDLERS[op];
    if (handler === undefined) throw new UnsupportedError(`There is no operation "${op}"`);
    const ok = pack(await handler(head as unknown as Request, bin, out) ?? {}, out);
    return { head: { id, ok }, bin: out };
  } catch (error) {
    return { head: { id, err: faultOf(error) }, bin: [] };
  }
}

function faultOf(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const own = error instanceof UnsupportedError || error instanceof ProtocolError;
  const [, at] = error.stack?.match(/^ +at .*?([^/]+:\d+):\d+\)?$/m) ?? [];
  return { type: own ? error.name : error.constructor.name, message: error.message, at };
}

tf.enableProdMode();
await tf.setBackend("cpu");
const reader = new FrameReader();
for await (const piece of Deno.stdin.readable) {
  for (const frame of reader.push(piece)) {
    const bytes = encodeFrame(await answer(frame));
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
  }
}
