/**
 * What `forward` returned in a server.
 *
 * @module
 */
import { canonical, type Snapshot } from "../compare.ts";
import { type Contents, type InputTensor, Output, type OutputTensor } from "../instance.ts";
import type { Server } from "./server.ts";
import { unpackAll } from "./values.ts";

/** What `forward` returned in a server. */
export class RemoteOutput extends Output {
  readonly #server: Server;
  readonly #o: number;
  /** The tensors, in order. */
  readonly outputs: readonly OutputTensor[];

  /**
   * Takes what the server has told of.
   *
   * @param server The server.
   * @param told The handle `o`, and the `outputs`.
   */
  constructor(server: Server, told: Readonly<Record<string, unknown>>) {
    super();
    this.#server = server;
    this.#o = told.o as number;
    this.outputs = told.outputs as OutputTensor[];
  }

  async #values(op: string, name?: string): Promise<Map<string, Snapshot>> {
    const { ok, bin } = await this.#server.call(op, { o: this.#o }, name);
    return unpackAll(ok.values, bin);
  }

  /** The outputs by their place. */
  async values(): Promise<Map<string, Snapshot>> {
    const found = await this.#values("values", "Reading what forward returned");
    return new Map([...found].map(([place, value]) => [place, canonical(value)]));
  }

  /** The tensors among the arguments as they are now. */
  async inputs(): Promise<Map<string, InputTensor>> {
    const { ok, bin } = await this.#server.call("inputs", { o: this.#o });
    const values = ok.values as readonly (readonly [string, InputTensor])[];
    const flags = new Map(values.map(([place, { requiresGrad }]) => [place, requiresGrad]));
    return new Map([...unpackAll(values, bin)].map(([place, value]) => [
      place,
      { ...value, requiresGrad: flags.get(place)! },
    ]));
  }

  /** Adds the gradients of the sum of the outputs times weights. */
  async backwardBy(weights: readonly (Contents | null)[]): Promise<void> {
    await this.#server.call("backward", { o: this.#o, weights });
  }

  /** What the last backward gave the arguments. */
  inputGradients(): Promise<Map<string, Snapshot>> {
    return this.#values("inputGradients");
  }
}
