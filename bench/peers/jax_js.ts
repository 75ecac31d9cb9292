/**
 * jax-js on its WebAssembly or WebGPU device. Every case is under `jit`, which fuses;
 * `blockUntilReady` makes the lazy library compute. On WebGPU it hands the work over at once and then
 * polls for its end, so there one wait stands for many runs.
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

/** Where it computes. */
export type JaxDevice = "wasm" | "webgpu";

/** A jitted function of some arrays. */
function jitted(
  device: JaxDevice,
  fn: (...x: JaxArray[]) => JaxArray,
  arrays: readonly HostArray[],
): Prepared {
  const compiled = jit(fn);
  const inputs = arrays.map(onDevice);
  const once = async () => (await compiled(...own(inputs)).blockUntilReady()).dispose();
  const running: Promise<void>[] = [];
  return {
    ...(device === "wasm" ? { run: once } : {
      run: () => void running.push(once()),
      finish: async () => void await Promise.all(running.splice(0)),
    }),
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

/**
 * One SGD step under one `jit`, loss, gradients and update together. The loss is read each time, on
 * WebGPU that of the last of many steps.
 */
function mlpStep(device: JaxDevice, { x, labels, w1, b1, w2, b2, rate }: Inputs): Prepared {
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
  const unread: JaxArray[] = [], running: Promise<unknown>[] = [];
  return {
    ...(device === "wasm"
      ? {
        async run(): Promise<void> {
          [, current] = await advance(current);
        },
      }
      : {
        run(): void {
          const out = step(current, input.ref, target.ref) as { loss: JaxArray; p: Mlp };
          // Hands over the whole step; the next one takes over this one's parameters.
          running.push(out.p.b2.ref.blockUntilReady().then((b2) => b2.dispose()));
          unread.push(out.loss);
          current = out.p;
        },
        async finish(): Promise<void> {
          const last = unread.pop()?.data();
          await Promise.all([last, blockUntilReady(current), ...running.splice(0)]);
          for (const loss of unread.splice(0)) loss.dispose();
        },
      }),
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

/** A number computed and read. */
function item({ x }: Inputs): Prepared {
  const mean = jit((x: JaxArray) => np.mean(x));
  const input = onDevice(x);
  const result = async () => await mean(input.ref).data() as Float32Array;
  return {
    run: async () => void await result(),
    result,
    dispose(): void {
      mean.dispose();
      input.dispose();
    },
  };
}

type Maker = (device: JaxDevice, inputs: Inputs) => Prepared;
const prepare: Readonly<Record<string, Maker>> = {
  matmul: (on, { a, b }) => jitted(on, (a, b) => np.matmul(a, b), [a, b]),
  gelu: (on, { x }) => jitted(on, (x) => nn.gelu(x, { approximate: true }), [x]),
  add: (on, { x, y }) => jitted(on, (x, y) => x.add(y), [x, y]),
  softmax: (on, { x }) => jitted(on, (x) => nn.softmax(x, -1), [x]),
  layerNorm: (on, { x, weight, bias }) =>
    jitted(
      on,
      (x, w, b) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(w).add(b),
      [x, weight, bias],
    ),
  mlpStep,
  item: (_, inputs) => item(inputs),
};

/**
 * Starts jax-js.
 *
 * @param device Where it computes.
 * @returns The peer.
 * @throws {Error} If it does not find that device.
 */
export async function jaxJs(device: JaxDevice): Promise<Peer> {
  const name = `jax-js ${device}`;
  const found = await init(device);
  if (!found.includes(device)) throw new Error(`${name}: there is no such device`);
  defaultDevice(device);
  return {
    name,
    version: "0.1.25",
    contender: (key, inputs) =>
      Promise.resolve(key in prepare ? inProcess(name, prepare[key](device, inputs)) : null),
    close(): void {},
  };
}
