/**
 * Models of TensorFlow.js, judged by the laws that need nothing but a module:
 *
 *     deno task conform examples/tensorflow/subjects.ts \
 *       --device cpu --expect examples/tensorflow/expected.json
 */
import { fc, inputs, type Json, type Subject, tensorflow } from "../../props/mod.ts";

type Config = Readonly<Record<string, Json>>;

/** Layers one after the other. */
function sequential(
  inputShape: readonly (number | null)[],
  layers: readonly (readonly [className: string, config: Config])[],
): Json {
  const config = {
    layers: layers.map(([class_name, own], i) => ({
      class_name,
      config: i === 0 ? { ...own, batch_input_shape: [null, ...inputShape] } : own,
    })),
  };
  return { topology: { class_name: "Sequential", config } };
}

/** A layer of a graph, called with the first outputs of others: once for each list of them. */
function node(class_name: string, config: Config, ...calls: readonly string[][]): Json {
  const inbound_nodes = calls.map((inputs) => inputs.map((input) => [input, 0, 0, {}]));
  return { name: config.name, class_name, config, inbound_nodes };
}

/** A graph of layers; each output is of one of a layer's calls. */
function graph(
  inputs: readonly string[],
  layers: readonly Json[],
  outputs: readonly (readonly [layer: string, call: number])[],
): Json {
  const fed = { batch_input_shape: [null, 4], dtype: "float32" };
  const config = {
    name: "graph",
    layers: [...inputs.map((name) => node("InputLayer", { ...fed, name })), ...layers],
    input_layers: inputs.map((name) => [name, 0, 0]),
    output_layers: outputs.map(([name, call]) => [name, call, 0]),
  };
  return { topology: { class_name: "Model", config } };
}

/** A model as a layer of another one; its own layer has the same name in each. */
function block(name: string): readonly [className: string, config: Config] {
  const config = { name: "fc", units: 4, batch_input_shape: [null, 4] };
  return ["Sequential", { name, layers: [{ class_name: "Dense", config }] }];
}

// The default, "orthogonal", needs more of TensorFlow.js than the three packages of the server:
// https://github.com/tensorflow/tfjs/issues/7721
const recurrent_initializer = "glorotUniform";

const { size, tensor } = inputs;
const row = (width: number) => [tensor({ shape: [size(1, 4), width] })];
const sequence = (length: number) => [tensor({ shape: [size(1, 3), length, 2] })];
/** Each row is answered as if it were alone. */
const claims = { batchIndependent: true };

export const subjects: readonly Subject[] = await tensorflow([
  {
    name: "tf.Dense",
    spec: sequential([4], [["Dense", { name: "fc", units: 3 }]]),
    inputs: row(4),
    claims,
  },
  {
    name: "tf.Dense without a name",
    spec: sequential([4], [["Dense", { units: 3 }]]),
    inputs: row(4),
    claims,
  },
  {
    name: "tf.Perceptron",
    spec: sequential([6], [
      ["Dense", { name: "hidden", units: 8, activation: "relu" }],
      ["Dense", { name: "out", units: 3 }],
    ]),
    inputs: row(6),
    claims,
  },
  {
    name: "tf.BatchNormalization",
    spec: sequential([4], [
      ["Dense", { name: "fc", units: 5 }],
      ["BatchNormalization", { name: "norm" }],
      ["Dropout", { name: "drop", rate: 0.25 }],
      ["Dense", { name: "out", units: 2 }],
    ]),
    inputs: [tensor({ shape: [size(2, 4), 4] })],
    claims,
  },
  {
    name: "tf.Dropout",
    spec: sequential([6], [["Dropout", { name: "drop", rate: 0.5 }]]),
    inputs: row(6),
    claims,
  },
  {
    name: "tf.Dropout with a seed",
    spec: sequential([6], [["Dropout", { name: "drop", rate: 0.5, seed: 7 }]]),
    inputs: row(6),
    claims,
  },
  {
    name: "tf.Embedding",
    spec: sequential([null], [["Embedding", { name: "words", input_dim: 7, output_dim: 4 }]]),
    inputs: [tensor({ shape: [size(1, 3), size(1, 5)], dtype: "int32", low: 0, high: 7 })],
    claims,
  },
  {
    name: "tf.LayerNormalization",
    spec: sequential([6], [["LayerNormalization", { name: "norm" }]]),
    inputs: row(6),
    claims,
  },
  {
    name: "tf.Dense called twice",
    spec: graph(
      ["x"],
      [node("Dense", { name: "shared", units: 4, activation: "tanh" }, ["x"], ["shared"])],
      [["shared", 1]],
    ),
    inputs: row(4),
    claims,
  },
  {
    name: "tf.Add of two inputs",
    spec: graph(["left", "right"], [
      node("Dense", { name: "first", units: 3 }, ["left"]),
      node("Dense", { name: "second", units: 3 }, ["right"]),
      node("Add", { name: "sum" }, ["first", "second"]),
    ], [["sum", 0], ["first", 0]]),
    inputs: size(1, 4).chain((n) => fc.tuple(tensor({ shape: [n, 4] }), tensor({ shape: [n, 4] }))),
    claims,
  },
  {
    name: "tf.Sequential twice within",
    spec: sequential([4], [block("first"), block("second")]),
    inputs: row(4),
    claims,
  },
  {
    name: "tf.Conv1D",
    spec: sequential([6, 2], [["Conv1D", { name: "conv", filters: 3, kernel_size: 3 }]]),
    inputs: sequence(6),
    claims,
  },
  {
    name: "tf.LSTM",
    spec: sequential([3, 2], [["LSTM", { name: "lstm", units: 4, recurrent_initializer }]]),
    inputs: sequence(3),
    claims,
  },
  {
    name: "tf.GRU",
    spec: sequential([3, 2], [
      ["GRU", { name: "gru", units: 4, recurrent_initializer, reset_after: false }],
    ]),
    inputs: sequence(3),
    claims,
  },
]);
