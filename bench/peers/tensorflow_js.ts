/**
 * TensorFlow.js on its WebAssembly backend, which computes at once (a kernel's result lies in the
 * backend's memory when the call returns), or on WebGPU, where a program waits by reading something.
 *
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { HostArray, Inputs, Peer, Prepared } from "../case.ts";
import { inProcess } from "../measure.ts";

const onDevice = ({ shape, data }: HostArray): tf.Tensor =>
  tf.tensor(data, [...shape], data instanceof Float32Array ? "float32" : "int32");

/** Where it computes. */
export type TfBackend = "wasm" | "webgpu";

/**
 * On WebGPU: waits for all that was run, by reading what is computed after it. Not of a few elements:
 * those are computed on the CPU.
 */
function finishOn(backend: string): Pick<Prepared, "finish"> {
  if (backend !== "webgpu") return {};
  const ones = tf.ones([4096]);
  return {
    async finish(): Promise<void> {
      const last = tf.add(ones, 1);
      await last.data();
      last.dispose();
    },
  };
}

/** A function of some tensors; what it makes on the way is freed by `tidy`. */
function tidied(fn: (...x: tf.Tensor[]) => tf.Tensor, arrays: readonly HostArray[]): Prepared {
  const inputs = arrays.map(onDevice);
  const compute = () => tf.tidy(() => fn(...inputs));
  return {
    run(): void {
      compute().dispose();
    },
    ...finishOn(tf.getBackend()),
    async result(): Promise<ArrayLike<number>> {
      const y = compute();
      const data = (await y.data<"float32">()).slice();
      y.dispose();
      return data;
    },
    dispose(): void {
      tf.dispose(inputs);
    },
  };
}

/** TensorFlow.js has no GELU: this is its formula, with as few kernels as its operations allow. */
function geluTanh(x: tf.Tensor): tf.Tensor {
  const cubic = tf.add(tf.mul(tf.square(x), 0.044715), 1);
  const inner = tf.mul(tf.mul(x, cubic), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

function normalize(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, 1e-5))), weight), bias);
}

/**
 * One step of its own SGD optimizer. The loss is read each time, on WebGPU that of the last of many
 * steps.
 */
function mlpStep({ x, labels, w1, b1, w2, b2, rate }: Inputs): Prepared {
  const input = onDevice(x) as tf.Tensor2D;
  const target = tf.cast(tf.oneHot(onDevice(labels), w2.shape[0]), "float32");
  const fresh = () => [w1, b1, w2, b2].map((array) => tf.variable(onDevice(array)));
  const optimizer = tf.train.sgd(rate.data[0]);
  const advance = (variables: tf.Variable[]): tf.Scalar => {
    const [w1, b1, w2, b2] = variables;
    return optimizer.minimize(
      () => {
        const hidden = tf.relu(tf.add(tf.matMul(input, w1 as tf.Tensor2D, false, true), b1));
        const logits = tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D, false, true), b2);
        return tf.losses.softmaxCrossEntropy(target, logits) as tf.Scalar;
      },
      true,
      variables,
    )!;
  };
  const read = async (loss: tf.Scalar): Promise<number> => {
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
  const readSync = (loss: tf.Scalar): void => {
    loss.dataSync();
    loss.dispose();
  };
  const current = fresh();
  let last: tf.Scalar | null = null;
  return {
    ...(tf.getBackend() === "wasm" ? { run: () => readSync(advance(current)) } : {
      run(): void {
        last?.dispose();
        last = advance(current);
      },
      async finish(): Promise<void> {
        if (last !== null) await read(last);
        last = null;
      },
    }),
    async result(): Promise<ArrayLike<number>> {
      const variables = fresh(), losses: number[] = [];
      for (let i = 0; i < 3; i++) losses.push(await read(advance(variables)));
      const values = [...losses, ...await variables[3].data()];
      tf.dispose(variables);
      return values;
    },
    dispose(): void {
      tf.dispose([current, input, target]);
      optimizer.dispose();
    },
  };
}

/** A number computed and read. */
function item({ x }: Inputs): Prepared {
  const input = onDevice(x);
  const result = async (): Promise<ArrayLike<number>> => {
    const mean = tf.mean(input);
    const data = (await mean.data()).slice();
    mean.dispose();
    return data;
  };
  return { run: async () => void await result(), result, dispose: () => input.dispose() };
}

const prepare: Readonly<Record<string, (inputs: Inputs) => Prepared>> = {
  matmul: ({ a, b }) => tidied((a, b) => tf.matMul(a, b), [a, b]),
  gelu: ({ x }) => tidied(geluTanh, [x]),
  add: ({ x, y }) => tidied((x, y) => tf.add(x, y), [x, y]),
  embedding: ({ table, words }) =>
    tidied((table, words) => tf.gather(table, words as tf.Tensor1D), [table, words]),
  softmax: ({ x }) => tidied((x) => tf.softmax(x, -1), [x]),
  layerNorm: ({ x, weight, bias }) => tidied(normalize, [x, weight, bias]),
  mlpStep,
  item,
};

/** WebAssembly on one thread: more would share the one core. */
async function useWasm(): Promise<void> {
  const { setWasmPaths } = await import("npm:@tensorflow/tfjs-backend-wasm@4.22.0");
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}/`);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
}

/**
 * Starts TensorFlow.js.
 *
 * @param backend Where it computes.
 * @returns The peer.
 * @throws {Error} If the backend does not start.
 */
export async function tensorflowJs(backend: TfBackend): Promise<Peer> {
  if (backend === "wasm") await useWasm();
  else await import("npm:@tensorflow/tfjs-backend-webgpu@4.22.0");
  if (!await tf.setBackend(backend)) {
    throw new Error(`TensorFlow.js has no backend ${backend} here`);
  }
  await tf.ready();
  const name = `TF.js ${backend}`;
  return {
    name,
    version: "4.22.0",
    contender: (key, inputs) =>
      Promise.resolve(key in prepare ? inProcess(name, prepare[key](inputs)) : null),
    close(): void {},
  };
}
