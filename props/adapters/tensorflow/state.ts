/**
 * State dicts of TensorFlow.js: named weights, in the order of a model's `weights`.
 *
 * @module
 */
import { encodeFrame, FrameReader } from "../frames.ts";
import { type Layer, variableOf, weightsOf } from "./layers.ts";
import { numberOf } from "./tensors.ts";
import { tf, tfl } from "./tf.ts";

/** Weights by name; what is no tensor is null. */
export type State = Map<string, tf.Variable | null>;

/** What came of loading. */
export interface Outcome {
  /** The class of what was thrown, or null. */
  error: string | null;
  /** The names that the library says are missing, */
  missing: string[];
  /** unexpected, */
  unexpected: string[];
  /** and of another shape or dtype. */
  mismatched: string[];
}

/** The live state dict of a model or layer. */
export function stateOf(layer: Layer): State {
  return new Map(weightsOf(layer).map(([name, weight]) => [name, variableOf(weight)]));
}

/** The tensors of a state dict. */
export function tensorsIn(state: State): [string, tf.Variable][] {
  return [...state].filter((item): item is [string, tf.Variable] => item[1] !== null);
}

/** What the protocol says of the tensors of a state dict. */
export function entriesOf(state: State): unknown[] {
  return tensorsIn(state).map(([name, value]) => ({
    name,
    requiresGrad: false,
    memory: numberOf(value),
    offset: 0,
    shape: value.shape,
    dtype: value.dtype,
    memoryBytes: value.size * tf.util.bytesPerElement(value.dtype),
  }));
}

/** How the library refuses what does not fit; the last is how it meets what is no tensor. */
const REFUSAL =
  /are not set: |no target variable: |^Shape mismatch|^dtype of the new value|reading 'toString'/;

/**
 * Loads a state dict, and tells what the library tells. A load that is not strict returns nothing, and
 * an error about a shape or dtype names no weight.
 */
export function load(model: tfl.LayersModel, state: State, strict: boolean): Outcome {
  const outcome: Outcome = { error: null, missing: [], unexpected: [], mismatched: [] };
  // The library's own names and ours, both ways.
  const theirs = new Map([...state.keys()].map((name) => [name, name.replaceAll(".", "/")]));
  for (const [name, { originalName }] of weightsOf(model)) theirs.set(name, originalName);
  const ours = new Map([...theirs].map(([name, their]) => [their, name]));
  const weights = [...state].map(([name, value]) => [theirs.get(name), value ?? [1, 2]]);
  try {
    model.loadWeights(Object.fromEntries(weights), strict);
  } catch (error) {
    const { message, constructor } = error as Error;
    if (!REFUSAL.test(message)) throw error;
    const [, missing] = message.match(/weights are not set: (.*)$/s) ?? [];
    const [, unexpected] = message.match(/has no target variable: (.*)$/s) ?? [];
    const named = (their: string) => ours.get(their) ?? their;
    if (missing !== undefined) outcome.missing = missing.split(",").map(named);
    if (unexpected !== undefined) outcome.unexpected = [named(unexpected)];
    outcome.error = constructor.name;
  }
  return outcome;
}

/** A model as the bytes of one file: its artifacts in a line of JSON, then its weights. */
export async function save(model: tfl.LayersModel): Promise<Uint8Array> {
  let file = new Uint8Array();
  await model.save(tf.io.withSaveHandler(({ weightData, ...head }) => {
    const data = tf.io.concatenateArrayBuffers([weightData ?? []].flat());
    file = encodeFrame({ head: { ...head }, bin: [new Uint8Array(data)] });
    const modelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: "JSON" as const };
    return Promise.resolve({ modelArtifactsInfo });
  }));
  return file;
}

/** The model that a file holds. */
export function parse(file: Uint8Array): Promise<tfl.LayersModel> {
  const [{ head, bin: [weights] }] = new FrameReader().push(file);
  return modelOf({ ...head, weightData: weights.slice().buffer } as tf.io.ModelArtifacts);
}

/** The model that artifacts describe; its weights are new if they hold none. */
export function modelOf(artifacts: tf.io.ModelArtifacts): Promise<tfl.LayersModel> {
  return tfl.loadLayersModel({ load: () => Promise.resolve(artifacts) });
}
