/**
 * A state dict that a server holds.
 *
 * @module
 */
import type { Snapshot } from "../compare.ts";
import type { Edit, HeldEntry, HeldState } from "../instance.ts";
import type { Server } from "./server.ts";
import { unpackAll } from "./values.ts";

/** A state dict in a server. */
export class RemoteState implements HeldState {
  readonly #server: Server;
  /** Its handle. */
  readonly d: number;
  #entries: readonly HeldEntry[];

  /**
   * Takes a state dict that the server has told of.
   *
   * @param server The server.
   * @param told The handle `d`, and the `entries`.
   */
  constructor(server: Server, told: Readonly<Record<string, unknown>>) {
    this.#server = server;
    this.d = told.d as number;
    this.#entries = told.entries as HeldEntry[];
  }

  /** What it held when it was made, or was last given to an instance. */
  get entries(): readonly HeldEntry[] {
    return this.#entries;
  }

  /** Asks what it holds now. */
  async refresh(): Promise<void> {
    const { ok } = await this.#server.call("entries", { d: this.d });
    this.#entries = ok.entries as HeldEntry[];
  }

  /** The contents now. */
  async read(): Promise<Map<string, Snapshot>> {
    const { ok, bin } = await this.#server.call("readState", { d: this.d });
    return unpackAll(ok.values, bin);
  }

  /** Writes to the tensors of these names. */
  async write(values: ReadonlyMap<string, Snapshot>): Promise<void> {
    await this.#server.call("writeState", { d: this.d, values });
  }

  /** A copy with other entries. */
  async edit(edits: ReadonlyMap<string, Edit>): Promise<HeldState> {
    const { ok } = await this.#server.call("editState", { d: this.d, edits });
    return new RemoteState(this.#server, ok);
  }
}
