/**
 * An instance that lives in a server, in another library.
 *
 * @module
 */
import type { DeviceName, DType } from "../../core/mod.ts";
import type { Snapshot } from "../compare.ts";
import type {
  CallOptions,
  Given,
  HeldState,
  Instance,
  Lead,
  Listing,
  LoadOutcome,
  Look,
  OptimizerChoice,
  Output,
  Refusal,
  Training,
} from "../instance.ts";
import { RemoteOutput } from "./remote_output.ts";
import { RemoteState } from "./remote_state.ts";
import { RemoteTraining } from "./remote_training.ts";
import { type Called, type Server, ServerError } from "./server.ts";
import { unpackAll } from "./values.ts";

/** An instance in a server. */
export class RemoteInstance implements Instance {
  readonly #server: Server;
  readonly #h: number;

  /**
   * Takes an instance that the server has made.
   *
   * @param server The server.
   * @param h Its handle.
   */
  constructor(server: Server, h: number) {
    this.#server = server;
    this.#h = h;
  }

  /**
   * Has an instance made.
   *
   * @param server The server; it is started if it does not run.
   * @param spec What the server makes instances by.
   * @param seed What the random state of its library is set to before.
   * @returns The instance.
   * @throws {Refutation} Of totality, if its constructor throws.
   * @throws {ServerError} If the server fails.
   */
  static async make(server: Server, spec: unknown, seed: number): Promise<RemoteInstance> {
    server.ready();
    const { ok } = await server.call("new", { spec, seed }, "The constructor");
    return new RemoteInstance(server, ok.h as number);
  }

  #call(op: string, fields: Record<string, unknown> = {}, name?: string): Promise<Called> {
    return this.#server.call(op, { h: this.#h, ...fields }, name);
  }

  async #values(op: string): Promise<Map<string, Snapshot>> {
    const { ok, bin } = await this.#call(op);
    return unpackAll(ok.values, bin);
  }

  /** Everything that it says of itself. */
  async list(): Promise<Listing> {
    return (await this.#call("list")).ok as unknown as Listing;
  }

  /** The mode of each module that hangs on it. */
  async modes(): Promise<[where: string, training: boolean][]> {
    return (await this.#call("modes")).ok.modes as [string, boolean][];
  }

  /** The tensors that hang on it and share no memory with what is registered. */
  async unregistered(): Promise<{ where: string; device: string; memory: number }[]> {
    const { ok } = await this.#call("unregistered");
    return ok.tensors as { where: string; device: string; memory: number }[];
  }

  /** What every name leads to. */
  async leads(): Promise<Lead[]> {
    return (await this.#call("leads")).ok.leads as Lead[];
  }

  /** The contents of what is registered. */
  read(): Promise<Map<string, Snapshot>> {
    return this.#values("read");
  }

  /** Writes to registered tensors. */
  async write(values: ReadonlyMap<string, Snapshot>): Promise<void> {
    await this.#call("write", { values });
  }

  /** The gradients of registered tensors. */
  gradients(): Promise<Map<string, Snapshot>> {
    return this.#values("gradients");
  }

  /** Sets or forgets gradients. */
  async setGradients(values: ReadonlyMap<string, Snapshot | null>): Promise<void> {
    await this.#call("setGradients", { values });
  }

  /** Forgets all gradients, or sets them to zero. */
  async zeroGrad(setToNone = true): Promise<void> {
    await this.#call("zeroGrad", { setToNone });
  }

  /** Whether gradients are asked for. */
  async requireGrad(flag: boolean, names?: readonly string[]): Promise<void> {
    await this.#call("requireGrad", { flag, names: names ?? null });
  }

  /** Sets the mode. */
  async train(mode: boolean): Promise<void> {
    await this.#call("train", { mode }, mode ? "train()" : "eval()");
  }

  /** Moves or casts it. */
  async to(target: DeviceName | DType): Promise<void> {
    await this.#call("to", { target }, `to("${target}")`);
  }

  /** Its live state dict. */
  async stateDict(): Promise<HeldState> {
    const { ok } = await this.#call("stateDict");
    return new RemoteState(this.#server, ok);
  }

  /** Loads a state dict. */
  async load(state: HeldState, strict = true): Promise<LoadOutcome> {
    if (!(state instanceof RemoteState)) {
      throw new ServerError("Only its own state dicts are loaded");
    }
    const { ok } = await this.#call("load", { d: state.d, strict });
    await state.refresh();
    return ok as unknown as LoadOutcome;
  }

  /** Its state dict as a file. */
  async save(): Promise<Uint8Array> {
    const { ok, bin } = await this.#call("save");
    return bin[ok.file as number];
  }

  /** What a file holds. */
  async parse(file: Uint8Array): Promise<HeldState> {
    const { ok } = await this.#call("parse", { file });
    return new RemoteState(this.#server, ok);
  }

  /** Calls `forward`. */
  async forward(args: readonly Given[], options: CallOptions = {}): Promise<Output> {
    const { seed = null, recorded = false, inputGradients = false } = options;
    const { ok } = await this.#call("forward", { args, seed, recorded, inputGradients });
    return new RemoteOutput(this.#server, ok);
  }

  /** Calls `forward` with what it may refuse. */
  async attempt(args: readonly Given[]): Promise<Output | Refusal> {
    const { ok } = await this.#call("attempt", { args });
    return ok.refusal as Refusal | undefined ?? new RemoteOutput(this.#server, ok);
  }

  /** One of its modules. */
  async part(name: string): Promise<Instance> {
    const { ok } = await this.#call("part", { name });
    return new RemoteInstance(this.#server, ok.h as number);
  }

  /** An optimizer for its parameters. */
  async optimizer(choice: OptimizerChoice): Promise<Training> {
    const { kind, lr, momentum = null, weightDecay = null, schedule = null } = choice;
    const fields = { kind, lr, momentum, weightDecay, schedule };
    const { ok } = await this.#call("optimizer", fields, "The optimizer's constructor");
    return new RemoteTraining(this, this.#server, ok.t as number);
  }

  /** Looks at it. */
  async look(how: Look): Promise<void> {
    await this.#call("look", { how }, how);
  }

  /** Sets the random state. */
  async seed(seed: number): Promise<void> {
    await this.#server.call("seed", { seed });
  }

  /** The random state. */
  async randomState(): Promise<string> {
    return (await this.#server.call("randomState")).ok.state as string;
  }

  /** Sets the random state to an earlier one. */
  async setRandomState(state: string): Promise<void> {
    await this.#server.call("setRandomState", { state });
  }
}
