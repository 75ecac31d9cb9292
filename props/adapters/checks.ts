/**
 * What a server has to do whatever it serves: named checks, for those who write one.
 *
 * @module
 */
import type { DType } from "../../core/mod.ts";
import type { Argument } from "../argument.ts";
import { sameBits, sameList, sameStates, type Snapshot } from "../compare.ts";
import { encodeNumbers } from "../fill.ts";
import { filled, givenOf, type Instance, parametersOnce } from "../instance.ts";
import { Evidence, type Json, Refutation } from "../law.ts";
import { hello } from "./library.ts";
import { RemoteInstance } from "./remote_instance.ts";
import { type Fault, type Server, ServerError } from "./server.ts";
import { unpack } from "./values.ts";

/** What a server is checked with. */
export interface Samples {
  /** What it makes an instance by. */
  spec?: Json;
  /** Forward arguments of that instance. */
  args?: readonly Argument[];
  /** What it makes an instance by that prints when it is called with the same arguments. */
  prints?: Json;
}

/** Something that a server has to do. */
export interface Check {
  /** Its name. */
  readonly id: string;
  /** What the server does, in one sentence. */
  readonly claim: string;
  /** The sample without which it can't be checked. */
  readonly needs: readonly (keyof Samples)[];
  /**
   * Looks whether it does.
   *
   * @throws {Refutation | ServerError} If it does not.
   */
  run(server: Server, samples: Samples): Promise<void>;
}

/** A check that needs nothing but the server. */
function check(id: string, claim: string, run: Check["run"]): Check {
  return { id, claim, needs: [], run };
}

/** A check that makes an instance. */
function checkOf(
  id: string,
  claim: string,
  needs: Check["needs"],
  run: (server: Server, spec: Json, args: readonly Argument[]) => Promise<void>,
): Check {
  return {
    id,
    claim,
    needs,
    run: (server, { spec, prints, args }) =>
      run(server, (needs.includes("prints") ? prints : spec)!, args ?? []),
  };
}

/** Everything that is checked, in order. */
export const CHECKS: readonly Check[] = [
  check(
    "hello",
    "It says its protocol, library, version, devices and features.",
    async (server) => {
      const { library, version, devices, features } = await hello(server);
      demand("hello answers a name and a version", [library, version].every(isText), library);
      demand("hello answers a list of devices", isTexts(devices), devices);
      demand("hello answers a list of features", isTexts(features), features);
    },
  ),
  check(
    "bits",
    "An echo keeps every bit: signed zeros, infinities and the payload of NaNs.",
    async (server) => {
      await echo(server, "float32", [0x80000000, 0x7fa00001, 0xffc01234, 1, 0x7f800000], 4);
      await echo(server, "float16", [0x8000, 0x7d01, 0xfe12, 1, 0x7c00], 2);
      await echo(server, "bfloat16", [0x8000, 0x7f81, 0xffc1, 1, 0x7f80], 2);
      const doubles = Float64Array.of(-0, 5e-324, Infinity, 0.1);
      await echoBytes(server, { shape: [4], dtype: "float64", bytes: bytesOf(doubles) });
    },
  ),
  check(
    "shapes",
    "An echo keeps the shapes of scalars and of tensors without elements.",
    async (server) => {
      for (const shape of [[], [0], [3, 0, 2], [1, 1]]) {
        const count = shape.reduce((product, size) => product * size, 1);
        const bytes = encodeNumbers(Array(count).fill(0.5), "float32");
        await echoBytes(server, { shape, dtype: "float32", bytes });
      }
    },
  ),
  check("integers", "An echo keeps all 64 bits of an integer.", async (server) => {
    const extremes = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n);
    await echoBytes(server, { shape: [4], dtype: "int64", bytes: bytesOf(extremes) });
  }),
  check("newlines", "An echo keeps every byte, those of line ends too.", async (server) => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i & 255);
    await echoBytes(server, { shape: [512], dtype: "uint8", bytes });
    await echoBytes(server, { shape: [3], dtype: "bool", bytes: Uint8Array.of(1, 0, 1) });
  }),
  check("large", "An echo keeps 16 MB.", async (server) => {
    const elements = Float32Array.from({ length: 2 ** 22 }, (_, i) => i);
    await echoBytes(server, { shape: [2048, 2048], dtype: "float32", bytes: bytesOf(elements) });
  }),
  check(
    "unknown",
    "It refuses an operation that it does not know as unsupported, and lives on.",
    async (server) => {
      await refused(server, "noSuchOperation", {}, "unsupported");
    },
  ),
  check("order", "It answers requests in their order.", async (server) => {
    server.ready();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => server.call("echo", { values: [scalar(i)] })),
    );
    answers.forEach(({ ok, bin }, i) =>
      same(`The answer to request ${i}`, unpack((ok.values as unknown[])[0], bin), scalar(i))
    );
  }),
  check(
    "refused",
    "It answers a spec that describes nothing with an error, and lives on.",
    async (server) => {
      const err = await refused(server, "new", { spec: null, seed: 0 });
      demand("The error has a type and a message", [err.type, err.message].every(isText), err);
    },
  ),
  checkOf(
    "names",
    "list and read give the same names and types.",
    ["spec"],
    async (server, spec) => {
      const instance = await RemoteInstance.make(server, spec, 0);
      const { entries } = await instance.list();
      const values = await instance.read();
      const text = (name: string, { dtype, shape }: Pick<Snapshot, "dtype" | "shape">) =>
        `${name} ${dtype}[${shape}]`;
      sameList(
        new Evidence(),
        "list and read differ",
        "read",
        [...values].map(([name, value]) => text(name, value)),
        entries.map((each) => text(each.name, each)),
      );
    },
  ),
  checkOf(
    "leads",
    "leads tells of names that list gives, and of the objects listed, if it has lookups.",
    ["spec"],
    async (server, spec) => {
      const { features } = await hello(server);
      if (!features.includes("lookups")) return;
      const instance = await RemoteInstance.make(server, spec, 0);
      const { entries, parts } = await instance.list();
      const text = (name: string, object: number) => `${name}: object ${object}`;
      const listed = new Set([...entries, ...parts].map(({ name, object }) => text(name, object)));
      const told = (await instance.leads()).map(({ name, listed }) => text(name, listed));
      const other = told.filter((each) => !listed.has(each));
      demand("leads tells of something", told.length > 0, told);
      demand("leads tells of what is listed", other.length === 0, other);
    },
  ),
  checkOf("seed", "The same seed gives the same values.", ["spec"], async (server, spec) => {
    const values = async () => (await RemoteInstance.make(server, spec, 7)).read();
    sameStates(new Evidence(), "The same seed gives other values", await values(), await values());
  }),
  checkOf(
    "numbers",
    "The numbers of objects and of memory stay, and are nothing else's.",
    ["spec"],
    async (server, spec) => {
      const first = await RemoteInstance.make(server, spec, 0);
      const numbers = async (instance: Instance) =>
        (await instance.list()).entries.map(({ name, object, memory }) =>
          `${name}: object ${object}, memory ${memory}`
        );
      const before = await numbers(first);
      const second = await RemoteInstance.make(server, spec, 0);
      sameList(new Evidence(), "A number changed", "list", await numbers(first), before);
      const [own, others] = [(await first.list()).entries, (await second.list()).entries];
      const shared = own.filter(({ memory }) => others.some((each) => each.memory === memory));
      demand("Two instances have no memory in common", shared.length === 0, shared);
    },
  ),
  checkOf(
    "gradients",
    "list tells of the gradients that there are, by numbers that stay, if it has gradients.",
    ["spec"],
    async (server, spec) => {
      const { features } = await hello(server);
      if (!features.includes("gradients")) return;
      const instance = await RemoteInstance.make(server, spec, 0);
      const parameters = parametersOnce(await instance.list());
      await instance.setGradients(filled(parameters, "ones"));
      const listed = async () =>
        (await instance.list()).entries.flatMap(({ name, gradient }) =>
          gradient === null ? [] : [`${name}: object ${gradient.object}, memory ${gradient.memory}`]
        );
      const told = await listed();
      const names = [...(await instance.gradients()).keys()];
      demand("There are gradients", names.length > 0, names);
      const evidence = new Evidence();
      sameList(
        evidence,
        "list and gradients differ",
        "list",
        told.map((each) => each.split(":")[0]),
        names,
      );
      sameList(evidence, "A number changed", "list", await listed(), told);
    },
  ),
  checkOf("write", "What is written is read.", ["spec"], async (server, spec) => {
    const [one, other] = [1, 2].map((seed) => RemoteInstance.make(server, spec, seed));
    const values = await (await one).read();
    await (await other).write(values);
    sameStates(new Evidence(), "What was written is not there", await (await other).read(), values);
  }),
  checkOf(
    "forward",
    "forward tells of the outputs whose values it gives.",
    ["spec", "args"],
    async (server, spec, args) => {
      server.ready();
      const { ok: { h } } = await server.call("new", { spec, seed: 0 });
      const options = { seed: 0, recorded: false, inputGradients: false };
      const { ok } = await server.call("forward", { h, args: args.map(givenOf), ...options });
      const { ok: { values } } = await server.call("values", { o: ok.o });
      const text = ({ shape, dtype }: Snapshot) => `${dtype}[${shape}]`;
      const told = (ok.outputs as (Snapshot & { place: string })[])
        .map((each) => `${each.place} ${text(each)}`);
      const given = (values as [string, Snapshot][]).map(([place, each]) =>
        `${place} ${text(each)}`
      );
      sameList(new Evidence(), "Outputs and values differ", "values", given, told);
      demand("There is an output", told.length > 0, told);
    },
  ),
  checkOf("free", "free forgets every handle, and it lives on.", ["spec"], async (server, spec) => {
    server.ready();
    const { ok: { h } } = await server.call("new", { spec, seed: 0 });
    await server.call("free");
    await refused(server, "list", { h });
  }),
  checkOf(
    "prints",
    "What a module prints is no answer.",
    ["prints", "args"],
    async (server, spec, args) => {
      const instance = await RemoteInstance.make(server, spec, 0);
      await instance.forward(args.map(givenOf));
      await instance.forward(args.map(givenOf));
    },
  ),
];

function demand(what: string, holds: boolean, actual: unknown): void {
  if (holds) return;
  const text = JSON.stringify(actual) ?? "nothing";
  throw new Refutation({ what, expected: "that", actual: text, where: "the answer" });
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

function bytesOf({ buffer }: ArrayBufferView<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer);
}

function scalar(value: number): Snapshot {
  return { shape: [], dtype: "float32", bytes: encodeNumbers([value], "float32") };
}

function same(what: string, actual: Snapshot, expected: Snapshot): void {
  sameBits(new Evidence(), what, "echo", actual, expected);
}

/** Sends elements of these bit patterns, and demands them back. */
async function echo(server: Server, dtype: DType, bits: number[], size: 2 | 4): Promise<void> {
  const elements = size === 2 ? Uint16Array.from(bits) : Uint32Array.from(bits);
  await echoBytes(server, { shape: [bits.length], dtype, bytes: bytesOf(elements) });
}

async function echoBytes(server: Server, value: Snapshot): Promise<void> {
  server.ready();
  const { ok, bin } = await server.call("echo", { values: [value] });
  same("An echo differs", unpack((ok.values as unknown[])[0], bin), value);
}

/** Demands that something is refused, and that the server answers afterwards. */
async function refused(
  server: Server,
  op: string,
  fields: Record<string, unknown>,
  type?: string,
): Promise<Fault> {
  server.ready();
  const { err, ok } = await server.ask(op, fields);
  demand(`"${op}" is refused`, err !== null, ok);
  demand(`The error's type is ${type}`, type === undefined || err!.type === type, err);
  await echoBytes(server, scalar(1));
  return err!;
}

/** What came of a check: null if the server does it, a text why it does not, or what was lacking. */
export interface Checked {
  /** Which. */
  readonly check: Check;
  /** What came of it. */
  readonly verdict: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  readonly why: string | null;
}

/**
 * Checks a server.
 *
 * @param server How to start it.
 * @param samples What to check it with; without one, the checks that need it are skipped.
 * @returns What came of each check.
 */
export async function* checkServer(server: Server, samples: Samples): AsyncGenerator<Checked> {
  for (const check of CHECKS) {
    const lacking = check.needs.filter((name) => samples[name] === undefined);
    if (lacking.length > 0) {
      const why = `there is no ${lacking.map((name) => `--${name}`).join(", ")}`;
      yield { check, verdict: "skipped", why };
      continue;
    }
    try {
      await check.run(server, samples);
      yield { check, verdict: "passed", why: null };
    } catch (error) {
      if (!(error instanceof Refutation || error instanceof ServerError)) throw error;
      yield { check, verdict: "failed", why: error.message };
    }
  }
}
