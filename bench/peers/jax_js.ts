/**
 * jax-js on its WebAssembly device. Every case is under `jit`, which fuses; `blockUntilReady` makes
 * the lazy library compute.
 *
 * @module
 */
import {
  type Array as JaxArray,
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "npm:@jax-js/jax@0.1.25";
import type { HostArray, Inputs, Peer, Prepared } from "../case.ts";
import { inProcess } from "../measure.ts";

const onDevice = ({ shape, data }: HostArray) => np.array(data, { shape: [...shape] });
/** Keeps a reference of the caller's own: jax-js functions take theirs over. */
const own = (arrays: readonly JaxArray[]) => arrays.map((array) => array.ref);

/** A jitted function of some arrays. */
function jitted(fn: (...x: JaxArray[]) => JaxArray, arrays: readonly HostArray[]): Prepared {
  const compiled = jit(fn);
  const inputs = arrays.map(onDevice);
  return {
    async run(): Promise<void> {
      (await compiled(...own(inputs)).blockUntilReady()).dispose();
    },
    async result(): Promise<ArrayLike<number>> {
      return await compiled(...own(inputs)).data() as Float32Array;
    },
    dispose(): void {
      compiled.dispose();
      for (const input of inputs) input.dispose();
    },
  };
}

type Mlp = { w1: JaxArray; b1: JaxArray; w2: JaxArray; b2: JaxArray };

/** One SGD step under one `jit`, loss, gradients and update together; the loss is read each time. */
function mlpStep({ x, labels, w1, b1, w2, b2, rate }: Inputs): Prepared {
  const classes = w2.shape[0];
  const loss = (p: Mlp, x: JaxArray, target: JaxArray): JaxArray => {
    const hidden = nn.relu(np.matmul(x, np.transpose(p.w1)).add(p.b1));
    const logits = np.matmul(hidden, np.transpose(p.w2)).add(p.b2);
    return np.mean(np.sum(nn.logSoftmax(logits).mul(target), -1)).neg();
  };
  const step = jit((p: Mlp, x: JaxArray, target: JaxArray): { loss: JaxArray; p: Mlp } => {
    const [value, grads] = valueAndGrad(loss)(tree.ref(p), x, target) as [JaxArray, Mlp];
    const updated = tree.map((p: JaxArray, g: JaxArray) => p.sub(g.mul(rate.data[0])), p, grads);
    return { loss: value, p: updated as Mlp };
  });
  const fresh = (): Mlp => ({
    w1: onDevice(w1),
    b1: onDevice(b1),
    w2: onDevice(w2),
    b2: onDevice(b2),
  });
  const input = onDevice(x), target = nn.oneHot(onDevice(labels), classes);
  const advance = async (p: Mlp): Promise<[number, Mlp]> => {
    const out = step(p, input.ref, target.ref) as { loss: JaxArray; p: Mlp };
    const [value] = await Promise.all([out.loss.data(), blockUntilReady(out.p)]);
    return [value[0], out.p];
  };
  let current = fresh();
  return {
    async run(): Promise<void> {
      [, current] = await advance(current);
    },
    async result(): Promise<ArrayLike<number>> {
      const losses: number[] = [];
      let loss: number, p = fresh();
      for (let i = 0; i < 3; i++) {
        [loss, p] = await advance(p);
        losses.push(loss);
      }
      const bias = await p.b2.ref.data();
      tree.dispose(p);
      return [...losses, ...bias];
    },
    dispose(): void {
      step.dispose();
      tree.dispose(current);
      input.dispose();
      target.dispose();
    },
  };
}

const prepare: Readonly<Record<string, (inputs: Inputs) => Prepared>> = {
  matmul: ({ a, b }) => jitted((a, b) => np.matmul(a, b), [a, b]),
  gelu: ({ x }) => jitted((x) => nn.gelu(x, { approximate: true }), [x]),
  softmax: ({ x }) => jitted((x) => nn.softmax(x, -1), [x]),
  layerNorm: ({ x, weight, bias }) =>
    jitted((x, w, b) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(w).add(b), [x, weight, bias]),
  mlpStep,
};

/** Starts jax-js. */
export async function jaxJs(): Promise<Peer> {
  await init("wasm");
  defaultDevice("wasm");
  return {
    name: "jax-js wasm",
    version: "0.1.25",
    contender: (name, inputs) =>
      Promise.resolve(name in prepare ? inProcess("jax-js wasm", prepare[name](inputs)) : null),
    close(): void {},
  };
}
