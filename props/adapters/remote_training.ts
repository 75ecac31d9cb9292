/**
 * What trains an instance in a server.
 *
 * @module
 */
import type { Given, Instance, Training } from "../instance.ts";
import type { Server } from "./server.ts";

/** An optimizer in a server. */
export class RemoteTraining implements Training {
  readonly #instance: Instance;
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
    this.#instance = instance;
    this.#server = server;
    this.#t = t;
  }

  /** Clears the gradients, computes new ones of the output's weighted sum, and steps. */
  async step(args: readonly Given[], seed: number): Promise<void> {
    await this.#server.call("clear", { t: this.#t });
    const output = await this.#instance.forward(args, { recorded: true });
    if (output.requiresGrad) await output.backward(seed);
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
