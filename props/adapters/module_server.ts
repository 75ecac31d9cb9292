/**
 * A server for the modules of this package: makes and calls those of one file in a process of its own.
 *
 *     deno run -A props/adapters/module_server.ts FILE [DEVICE]
 *
 * A specification is the place of a subject in its file, from 0.
 *
 * @module
 */
import { type DeviceInfo, type DeviceName, openDevice } from "../../core/mod.ts";
import { Identity } from "../../nn/mod.ts";
import { Context } from "../context.ts";
import { FEATURES } from "../examine.ts";
import { VERSION } from "../gate/version.ts";
import {
  type Contents,
  type Edit,
  type Given,
  type HeldState,
  type Instance,
  isRefusal,
  type Look,
  type OptimizerChoice,
  type Output,
  type Training,
} from "../instance.ts";
import { Refutation } from "../law.ts";
import { filesOf, importFile, subjectsOf } from "../load_subjects.ts";
import { ModuleInstance } from "../module_instance.ts";
import type { Subject } from "../subject.ts";
import { encodeFrame, type Frame, FrameReader } from "./frames.ts";
import type { Fault } from "./server.ts";
import { pack, received } from "./values.ts";

/** What has been handed out, by its number. */
class Handles<T> {
  readonly #held = new Map<number, T>();
  #last = 0;

  add(object: T): number {
    this.#held.set(++this.#last, object);
    return this.#last;
  }

  get(handle: unknown): T {
    const object = this.#held.get(handle as number);
    if (object === undefined) throw new RangeError(`there is nothing with the handle ${handle}`);
    return object;
  }

  clear(): void {
    this.#held.clear();
  }
}

const instances = new Handles<Instance>(), states = new Handles<HeldState>();
const outputs = new Handles<Output>(), trainings = new Handles<Training>();

/** What a request takes, with contents in place of described tensors. */
export interface Fields {
  /** Each by its name. */
  readonly [name: string]: unknown;
}

type Values = readonly (readonly [string, Contents])[];

/** Gives what is answered to a request. */
export type Operation = (fields: Fields, bin: readonly Uint8Array[]) => unknown;

/** Operations by name. */
export type Operations = Readonly<Record<string, Operation>>;

/**
 * What a server for modules of this package does, as docs/protocol.md tells.
 *
 * @param subjects What instances are made of: a specification is a place among them, from 0.
 * @param info Where they are.
 * @returns The operations.
 */
export function operations(subjects: readonly Subject[], info: DeviceInfo): Operations {
  const instance = ({ h }: Fields) => instances.get(h);
  const state = ({ d }: Fields) => states.get(d);
  const held = (of: HeldState) => ({ d: states.add(of), entries: of.entries });
  const told = (of: Output) => ({ o: outputs.add(of), outputs: of.outputs });
  const some = <T>(value: unknown): T | undefined => value === null ? undefined : value as T;
  return {
    hello: () => ({
      protocol: 2,
      library: "Touchstone",
      version: VERSION,
      devices: [info.name],
      features: [...FEATURES, "gradients"],
    }),
    echo: ({ values }) => ({ values }),
    async new({ spec, seed }) {
      const subject = subjects[spec as number];
      if (subject === undefined) throw new RangeError(`there is no subject ${spec}`);
      const made = await new Context(subject, info).instance(seed as number);
      return { h: instances.add(made) };
    },
    free() {
      for (const handles of [instances, states, outputs, trainings]) handles.clear();
      return {};
    },
    list: (fields) => instance(fields).list(),
    modes: async (fields) => ({ modes: await instance(fields).modes() }),
    unregistered: async (fields) => ({ tensors: await instance(fields).unregistered() }),
    leads: async (fields) => ({ leads: await instance(fields).leads() }),
    read: async (fields) => ({ values: await instance(fields).read() }),
    write: (fields) => instance(fields).write(new Map(fields.values as Values)),
    gradients: async (fields) => ({ values: await instance(fields).gradients() }),
    setGradients: (fields) => instance(fields).setGradients(new Map(fields.values as Values)),
    zeroGrad: (fields) => instance(fields).zeroGrad(fields.setToNone as boolean),
    requireGrad: (fields) =>
      instance(fields).requireGrad(fields.flag as boolean, some(fields.names)),
    train: (fields) => instance(fields).train(fields.mode as boolean),
    to: (fields) => instance(fields).to(fields.target as DeviceName),
    stateDict: async (fields) => held(await instance(fields).stateDict()),
    entries: (fields) => ({ entries: state(fields).entries }),
    readState: async (fields) => ({ values: await state(fields).read() }),
    writeState: (fields) => state(fields).write(new Map(fields.values as Values)),
    editState: async (fields) =>
      held(await state(fields).edit(new Map(fields.edits as [string, Edit][]))),
    load: (fields) => instance(fields).load(state(fields), fields.strict as boolean),
    save: async (fields) => ({ file: await instance(fields).save() }),
    parse: async (fields, bin) => held(await instance(fields).parse(bin[fields.file as number])),
    async forward(fields) {
      const { args, seed, recorded, inputGradients } = fields;
      const options = { recorded, inputGradients, ...(seed === null ? {} : { seed }) };
      return told(await instance(fields).forward(args as Given[], options as object));
    },
    async attempt(fields) {
      const outcome = await instance(fields).attempt(fields.args as Given[]);
      return isRefusal(outcome) ? { refusal: outcome } : told(outcome);
    },
    values: async ({ o }) => ({ values: await outputs.get(o).values() }),
    inputs: async ({ o }) => ({ values: await outputs.get(o).inputs() }),
    backward: ({ o, weights }) => outputs.get(o).backwardBy(weights as (Contents | null)[]),
    inputGradients: async ({ o }) => ({ values: await outputs.get(o).inputGradients() }),
    part: async (fields) => ({
      h: instances.add(await instance(fields).part(fields.name as string)),
    }),
    async optimizer(fields) {
      const { kind, lr, momentum, weightDecay, schedule } = fields;
      const choice = { kind, lr, momentum: some(momentum), weightDecay: some(weightDecay) };
      const all = { ...choice, schedule: some(schedule) } as OptimizerChoice;
      return { t: trainings.add(await instance(fields).optimizer(all)) };
    },
    clear: ({ t }) => trainings.get(t).clear(),
    step: ({ t }) => trainings.get(t).advance(),
    saveTraining: async ({ t }) => ({ file: await trainings.get(t).save() }),
    loadTraining: ({ t, file }, bin) => trainings.get(t).load(bin[file as number]),
    look: (fields) => instance(fields).look(fields.how as Look),
    seed: ({ seed }) => random.seed(seed as number),
    randomState: async () => ({ state: await random.randomState() }),
    setRandomState: ({ state }) => random.setRandomState(state as string),
  };
}

/** The random state is that of the whole process: any instance tells and sets it. */
const random: Instance = new ModuleInstance(new Identity(), "cpu");

/**
 * Answers a request.
 *
 * @param all The operations.
 * @param request The request.
 * @returns The answer.
 */
export async function answer(all: Operations, { head, bin }: Frame): Promise<Frame> {
  const { id, op, ...fields } = head;
  const out: Uint8Array[] = [];
  try {
    if (!Object.hasOwn(all, op as string)) {
      return fault(id, { type: "unsupported", message: `no operation ${op}` });
    }
    const ok = await all[op as string](received(fields, bin) as Fields, bin) ?? {};
    return { head: { id, ok: pack(ok, out) }, bin: out };
  } catch (error) {
    return fault(id, faultOf(error));
  }
}

function fault(id: unknown, err: Fault): Frame {
  return { head: { id, err }, bin: [] };
}

/** What a refutation says of the error that it stands for, or the server's own. */
function faultOf(error: unknown): Fault {
  if (error instanceof Refutation) {
    const [, type = "Error", message = error.actual] = error.actual.match(/^(\w+): (.*)$/s) ?? [];
    return { type, message, at: error.where };
  }
  return { type: "protocol", message: error instanceof Error ? error.message : String(error) };
}

/**
 * Answers what arrives on standard input on standard output, until there is no more.
 *
 * @param answerAll Answers the requests that arrived together.
 */
export async function serve(
  answerAll: (requests: readonly Frame[]) => Promise<readonly Frame[]>,
): Promise<void> {
  const write = Deno.stdout.writeSync.bind(Deno.stdout);
  const reader = new FrameReader();
  for await (const piece of Deno.stdin.readable) {
    for (const frame of await answerAll(reader.push(piece))) {
      let bytes: Uint8Array = encodeFrame(frame);
      while (bytes.length > 0) bytes = bytes.subarray(write(bytes));
    }
  }
}

async function main([place, device = "cpu"]: readonly string[]): Promise<void> {
  // What a subject prints is no answer.
  for (const name of ["log", "info", "debug"] as const) console[name] = console.error;
  const [file] = await filesOf(place);
  const info = await openDevice(device as DeviceName);
  const all = operations(subjectsOf(await importFile(file)), info);
  await serve(async (requests) => {
    const answers: Frame[] = [];
    for (const request of requests) answers.push(await answer(all, request));
    return answers;
  });
}

if (import.meta.main) {
  await main(Deno.args);
  // What the subject has started would otherwise keep the process.
  Deno.exit(0);
}
