/**
 * Guessing the argument of `forward` from the layers inside of a module, so that a plain zero-argument
 * class can be judged without a word about its inputs.
 *
 * @module
 */
import { type DeviceName, noGrad } from "../core/mod.ts";
import {
  AlibiPositionalBias,
  BatchNorm1d,
  Embedding,
  Embeddings,
  LayerNorm,
  Linear,
  type Module,
  RotaryPositionalEmbeddings,
  SinusoidalPositionalEncoding,
} from "../nn/mod.ts";
import { type Argument, buildArgument, inputs } from "./argument.ts";
import { fc } from "./fast_check.ts";

type OneArgument = fc.Arbitrary<readonly Argument[]>;

const { size, tensor } = inputs;
const batch = (min = 1): fc.Arbitrary<number> => size(min, 4);

/** What a layer takes, for the layers that say it by their sizes. */
function ofLayer(layer: Module): fc.Arbitrary<Argument> | null {
  if (layer instanceof Linear) return tensor({ shape: [batch(), layer.inFeatures] });
  if (layer instanceof LayerNorm) return tensor({ shape: [batch(), ...layer.normalizedShape] });
  if (layer instanceof BatchNorm1d) return tensor({ shape: [batch(2), layer.numFeatures] });
  if (layer instanceof SinusoidalPositionalEncoding) {
    const [, maxLen, dModel] = layer.pe.shape;
    return tensor({ shape: [batch(), size(1, Math.min(maxLen, 6)), dModel] });
  }
  if (layer instanceof RotaryPositionalEmbeddings) {
    const [maxLen, pairs] = layer.cos.shape;
    return tensor({ shape: [batch(), size(1, Math.min(maxLen, 6)), 2 * pairs] });
  }
  if (layer instanceof AlibiPositionalBias) {
    return tensor({ shape: [batch(), layer.slopes.shape[0], size(1, 3), size(3, 6)] });
  }
  if (layer instanceof Embeddings) return words(layer.embs, layer.pe.shape[1]);
  if (layer instanceof Embedding) return words(layer, Infinity);
  return null;
}

function words({ weight }: Embedding, maxLen: number): fc.Arbitrary<Argument> {
  const shape = [batch(), size(1, Math.min(maxLen, 5))];
  return tensor({ shape, dtype: "int64", low: 0, high: weight.shape[0] });
}

/** Shapes that the sizes of the tensors inside suggest. */
function ofTensors(module: Module): fc.Arbitrary<Argument>[] {
  const widths = new Set<number>();
  for (const value of [...module.parameters(), ...module.buffers()]) {
    for (const width of [...value.shape].reverse()) widths.add(width);
  }
  return [...widths, 4].slice(0, 8).map((width) => tensor({ shape: [batch(), width] }));
}

function works(module: Module, candidate: OneArgument, device: DeviceName): boolean {
  try {
    for (const args of fc.sample(candidate, { numRuns: 4, seed: 1 })) {
      noGrad(() => module.forward(...args.map((argument) => buildArgument(argument, device))));
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * An arbitrary of arguments that the module takes.
 *
 * @param module An instance, on the CPU; it may be left in evaluation mode.
 * @returns The arbitrary, or null if nothing that was tried works.
 */
export function inferInputs(module: Module): OneArgument | null {
  const layers = module.modules().map(ofLayer).filter((found) => found !== null);
  for (const candidate of [...layers.slice(0, 8), ...ofTensors(module)]) {
    const args = fc.tuple(candidate);
    if (works(module.eval(), args, "cpu")) return args;
  }
  return null;
}
