/**
 * What trains an instance in a server.
 *
 * @module
 */
import { type Instance, Training } from "../instance.ts";
import type { Server } from "./server.ts";

/** An optimizer in a server. */
export class RemoteTraining extends Training {
  protected readonly instance: Instance;
  readonly #server: Server;
  readonly #t: number;

  /**
   * Takes an optimizer that the server has made.
   *
   * @param instance What it trains.
   * @param server The server.
   * @param t Its handle.
   */
  constructor(instance: Instance, server: Server, t: number) {
    super();
    this.instance = instance;
    this.#server = server;
    this.#t = t;
  }

  /** Clears the gradients. */
  async clear(): Promise<void> {
    await this.#server.call("clear", { t: this.#t });
  }

  /** Changes the parameters by their gradients, and then the rate by the schedule. */
  async advance(): Promise<void> {
    await this.#server.call("step", { t: this.#t });
  }

  /** A file with the state of the instance and of the optimizer. */
  async save(): Promise<Uint8Array> {
    const { ok, bin } = await this.#server.call("saveTraining", { t: this.#t });
    return bin[ok.file as number];
  }

  /** Gives both what such a file holds. */
  async load(file: Uint8Array): Promise<void> {
    await this.#server.call("loadTraining", { t: this.#t, file });
  }
}
