/**
 * Modules of another library as what to judge.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import { BROKEN, FEATURES, takesFloats } from "../examine.ts";
import type { Listing } from "../instance.ts";
import { type Capability, type Json, Refutation } from "../law.ts";
import { isCounter } from "../state.ts";
import { type Claims, drawnInputs, type Subject, type SubjectOptions } from "../subject.ts";
import { RemoteInstance } from "./remote_instance.ts";
import { Server, ServerError, type ServerOptions } from "./server.ts";

/** The version of the protocol that is spoken here. */
const PROTOCOL = 2;

/** A module of another library. */
export interface LibraryModule {
  /** The name in reports. */
  name: string;
  /** What the server makes instances by. */
  spec: Json;
  /** The arguments of `forward`, as for `subject`; without them only laws about state apply. */
  inputs?: SubjectOptions["inputs"];
  /** What it promises. */
  claims?: Pick<Claims, "batchIndependent" | "paddingIndependent" | "incremental">;
}

/** What a server says of its library. */
export interface Library {
  /** Its name. */
  readonly library: string;
  /** Its version. */
  readonly version: string;
  /** The devices of this package that stand for its own. */
  readonly devices: readonly DeviceName[];
  /** What it has. */
  readonly features: readonly string[];
}

/**
 * Asks a server about its library.
 *
 * @param server The server; it is started if it does not run.
 * @returns What it says.
 * @throws {ServerError} If it can't be started, or speaks another protocol.
 */
export async function hello(server: Server): Promise<Library> {
  server.ready();
  const { ok, err } = await server.ask("hello");
  const program = server.command.join(" ").slice(0, 200);
  if (ok === null) throw new ServerError(`${program} refused: ${err!.type}: ${err!.message}`);
  if (ok.protocol !== PROTOCOL) {
    throw new ServerError(`${program} speaks protocol ${ok.protocol}, not ${PROTOCOL}`);
  }
  return ok as unknown as Library;
}

/**
 * Modules of another library as what to judge, by a server that makes and calls them. Each is made
 * once, to find out which laws apply. What a server has to do is told by docs/protocol.md.
 *
 * @param server How to start the server.
 * @param modules The modules.
 * @returns The subjects, in the same order.
 * @throws {ServerError} If the server can't be started, or fails.
 *
 * @example
 * ```ts ignore
 * import { inputs, librarySubjects } from "@touchstone/touchstone/props";
 *
 * export const subjects = await librarySubjects({ command: ["my-server"] }, [
 *   { name: "Dense", spec: { units: 3 }, inputs: [inputs.tensor({ shape: [inputs.size(1, 4), 2] })] },
 * ]);
 * ```
 */
export async function librarySubjects(
  server: ServerOptions,
  modules: readonly LibraryModule[],
): Promise<Subject[]> {
  const running = new Server(server);
  const library = await hello(running);
  const subjects: Subject[] = [];
  for (const module of modules) subjects.push(await subjectOf(running, library, module));
  return subjects;
}

async function subjectOf(
  server: Server,
  { library, version, devices, features }: Library,
  { name, spec, inputs, claims = {} }: LibraryModule,
): Promise<Subject> {
  const drawn = drawnInputs(inputs);
  const has = FEATURES.filter((each) => features.includes(each));
  const capabilities = new Set<Capability>(["instance", ...has]);
  for (const each of await found(server, spec, drawn)) capabilities.add(each);
  if (!features.includes("gradients")) capabilities.delete("gradients");
  const make = (seed: number) => RemoteInstance.make(server, spec, seed);
  // A server that has ended has forgotten everything.
  const release = () => server.ask("free").then(() => {}, () => {});
  const elsewhere = { library: `${library} ${version}`, capabilities, devices, make, release };
  return { name, make: null, inputs: drawn, claims, elsewhere, apart: null };
}

/** What an instance has; everything where its constructor throws, so that every law reports it. */
async function found(
  server: Server,
  spec: Json,
  inputs: Subject["inputs"],
): Promise<Iterable<Capability>> {
  try {
    return listed(await (await RemoteInstance.make(server, spec, 0)).list(), inputs);
  } catch (error) {
    if (error instanceof Refutation) return BROKEN;
    throw error;
  } finally {
    await server.ask("free").catch(() => {});
  }
}

function listed({ entries, parts }: Listing, inputs: Subject["inputs"]): Set<Capability> {
  const capabilities = new Set<Capability>();
  const parameters = entries.filter(({ role }) => role === "parameter");
  const buffers = entries.filter(({ role }) => role === "buffer");
  const has = (kind: string) => parts.some(({ layer }) => layer?.kind === kind);
  if (parameters.length > 0) capabilities.add("parameters");
  if (buffers.length > 0) capabilities.add("buffers");
  if (entries.length > 0) capabilities.add("state");
  if (parts.length > 1) capabilities.add("children");
  if (has("dropout")) capabilities.add("dropout");
  if (has("batchNorm")) capabilities.add("runningStatistics");
  if (buffers.some(isCounter)) capabilities.add("counters");
  if (inputs !== null) {
    capabilities.add("inputs");
    const trained = parameters.some(({ requiresGrad }) => requiresGrad);
    if (trained || takesFloats(inputs)) capabilities.add("gradients");
  }
  if (inputs !== null || entries.length > 0) capabilities.add("observable");
  return capabilities;
}
