/**
 * The layers of a model and their weights, under the names that the laws know them by.
 *
 * @module
 */
import type { tf, tfl } from "./tf.ts";

/** A model, or a layer. */
export type Layer = tfl.layers.Layer;

/** A weight, whether it is trained or not. */
export type Weight = tfl.LayerVariable;

/** The layers that a model is made of, in its order; none for what is no model. */
export function layersOf(layer: Layer): readonly Layer[] {
  return (layer as Partial<tfl.LayersModel>).layers ?? [];
}

/** A layer itself, whose name is `""`, and all layers inside by path: `encoder.hidden`. */
export function partsOf(layer: Layer, path = ""): [path: string, part: Layer][] {
  const inner = layersOf(layer).flatMap((each) => partsOf(each, joined(path, each.name)));
  return [[path, layer], ...inner];
}

/**
 * The weights of a layer and of all layers inside, in the library's order. A weight is named by the path
 * of its layer: its `name` differs from instance to instance, and its `originalName` says nothing of
 * models around the layer.
 */
export function weightsOf(layer: Layer): [name: string, weight: Weight][] {
  const names = new Map<Weight, string>();
  for (const [path, part] of partsOf(layer)) {
    if (layersOf(part).length > 0) continue;
    for (const weight of part.weights) names.set(weight, joined(path, ownName(weight, part)));
  }
  return layer.weights.map((weight) => [names.get(weight)!, weight]);
}

/** The name of a weight within its layer: `kernel` of `fc/kernel`. */
function ownName({ originalName }: Weight, { name }: Layer): string {
  const prefix = `${name}/`;
  const own = originalName.startsWith(prefix) ? originalName.slice(prefix.length) : originalName;
  return own.replaceAll("/", "_");
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** What a name leads to, beside what is listed under it. */
export interface Lead {
  /** The name of a layer or a weight. */
  readonly name: string;
  /** Whether it is looked up, or spells a property. */
  readonly by: "lookup" | "property";
  /** How that is written. */
  readonly way: string;
  /** What is listed, */
  readonly value: object;
  /** and what was found. */
  readonly found: object;
}

/** What the names of all layers inside lead to, and of weights that a layer has as properties. */
export function leadsOf(layer: Layer, path = ""): Lead[] {
  const inner = layersOf(layer);
  const layers = inner.flatMap((each): Lead[] => {
    const name = joined(path, each.name);
    const found = attempt(() => (layer as tfl.LayersModel).getLayer(each.name));
    const lookup = {
      name,
      by: "lookup",
      way: `getLayer("${each.name}")`,
      value: each,
      found,
    } as const;
    return [lookup, ...leadsOf(each, name)];
  });
  const weights = inner.length > 0 ? [] : layer.weights.flatMap((value): Lead[] => {
    const own = ownName(value, layer);
    const found = (layer as unknown as Record<string, object | null | undefined>)[own] ?? null;
    const name = joined(path, own);
    return found === null ? [] : [{ name, by: "property", way: name, value, found }];
  });
  return [...layers, ...weights];
}

function attempt(get: () => object): object {
  try {
    return get();
  } catch (error) {
    return error as Error;
  }
}

/** The variable that a weight is. */
export function variableOf(weight: Weight): tf.Variable {
  return weight.read() as tf.Variable;
}
