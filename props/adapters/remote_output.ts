/**
 * What `forward` returned in a server.
 *
 * @module
 */
import { type DType, DTYPES } from "../../core/mod.ts";
import { canonical, type Snapshot } from "../compare.ts";
import { givenOf, type Output } from "../instance.ts";
import type { Layout } from "../layout.ts";
import type { Server } from "./server.ts";
import { unpackAll } from "./values.ts";

/** An output as the server tells of it. */
interface OutputTensor {
  readonly place: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly requiresGrad: boolean;
}

/** What `forward` returned in a server. */
export class RemoteOutput implements Output {
  readonly #server: Server;
  readonly #o: number;
  readonly #outputs: readonly OutputTensor[];
  /** Whether some floating output has a history. */
  readonly requiresGrad: boolean;

  /**
   * Takes what the server has told of.
   *
   * @param server The server.
   * @param told The handle `o`, and the `outputs`.
   */
  constructor(server: Server, told: Readonly<Record<string, unknown>>) {
    this.#server = server;
    this.#o = told.o as number;
    this.#outputs = told.outputs as OutputTensor[];
    this.requiresGrad = this.#outputs.some((each) => isFloating(each) && each.requiresGrad);
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
  inputs(): Promise<Map<string, Snapshot>> {
    return this.#values("inputs");
  }

  /** Computes the gradients of a sum of all floating outputs with fixed random weights. */
  async backward(seed: number, layout: Layout = "contiguous"): Promise<void> {
    let i = 0;
    const weights = this.#outputs.map((each) => {
      if (!isFloating(each)) return null;
      const { shape: tensor, dtype } = each;
      const contents = givenOf({ tensor, dtype, fill: "normal", seed: seed ^ i++ });
      return { ...contents as object, layout };
    });
    await this.#server.call("backward", { o: this.#o, weights });
  }

  /** What the last backward gave the arguments. */
  inputGradients(): Promise<Map<string, Snapshot>> {
    return this.#values("inputGradients");
  }
}

function isFloating({ dtype }: OutputTensor): boolean {
  return DTYPES[dtype].kind === "float";
}
