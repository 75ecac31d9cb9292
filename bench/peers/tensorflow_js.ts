/**
 * TensorFlow.js on its WebAssembly backend, which computes at once: a kernel's result lies in the
 * backend's memory when the call returns.
 *
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import { setWasmPaths } from "npm:@tensorflow/tfjs-backend-wasm@4.22.0";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { HostArray, Inputs, Peer, Prepared } from "../case.ts";
import { inProcess } from "../measure.ts";

const onDevice = ({ shape, data }: HostArray): tf.Tensor =>
  tf.tensor(data, [...shape], data instanceof Float32Array ? "float32" : "int32");

/** A function of some tensors; what it makes on the way is freed by `tidy`. */
function tidied(fn: (...x: tf.Tensor[]) => tf.Tensor, arrays: readonly HostArray[]): Prepared {
  const inputs = arrays.map(onDevice);
  const compute = () => tf.tidy(() => fn(...inputs));
  return {
    run(): void {
      compute().dispose();
    },
    result(): Promise<ArrayLike<number>> {
      const y = compute();
      const data = y.dataSync<"float32">().slice();
      y.dispose();
      return Promise.resolve(data);
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

/** One step of its own SGD optimizer; the loss is read each time. */
function mlpStep({ x, labels, w1, b1, w2, b2, rate }: Inputs): Prepared {
  const input = onDevice(x) as tf.Tensor2D;
  const target = tf.cast(tf.oneHot(onDevice(labels), w2.shape[0]), "float32");
  const fresh = () => [w1, b1, w2, b2].map((array) => tf.variable(onDevice(array)));
  const optimizer = tf.train.sgd(rate.data[0]);
  const advance = (variables: tf.Variable[]): number => {
    const [w1, b1, w2, b2] = variables;
    const loss = optimizer.minimize(
      () => {
        const hidden = tf.relu(tf.add(tf.matMul(input, w1 as tf.Tensor2D, false, true), b1));
        const logits = tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D, false, true), b2);
        return tf.losses.softmaxCrossEntropy(target, logits) as tf.Scalar;
      },
      true,
      variables,
    )!;
    const value = loss.dataSync()[0];
    loss.dispose();
    return value;
  };
  const current = fresh();
  return {
    run(): void {
      advance(current);
    },
    result(): Promise<ArrayLike<number>> {
      const variables = fresh();
      const losses = [advance(variables), advance(variables), advance(variables)];
      const bias = variables[3].dataSync();
      const values = [...losses, ...bias];
      tf.dispose(variables);
      return Promise.resolve(values);
    },
    dispose(): void {
      tf.dispose([current, input, target]);
      optimizer.dispose();
    },
  };
}

const prepare: Readonly<Record<string, (inputs: Inputs) => Prepared>> = {
  matmul: ({ a, b }) => tidied((a, b) => tf.matMul(a, b), [a, b]),
  gelu: ({ x }) => tidied(geluTanh, [x]),
  softmax: ({ x }) => tidied((x) => tf.softmax(x, -1), [x]),
  layerNorm: ({ x, weight, bias }) => tidied(normalize, [x, weight, bias]),
  mlpStep,
};

/** Starts TensorFlow.js on one thread: more would share the one core. */
export async function tensorflowJs(): Promise<Peer> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}/`);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    name: "TF.js wasm",
    version: "4.22.0",
    contender: (name, inputs) =>
      Promise.resolve(name in prepare ? inProcess("TF.js wasm", prepare[name](inputs)) : null),
    close(): void {},
  };
}
