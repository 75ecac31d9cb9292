/**
 * Modules of real PyTorch, judged by the laws that need nothing but a module:
 *
 *     PYTHON=/usr/bin/python3 deno task conform examples/pytorch/subjects.ts \
 *       --device cpu --expect examples/pytorch/expected.json
 *
 * `PYTHON` is a Python that has PyTorch; `python3` by default.
 */
import { fc, inputs, pytorch, type Subject } from "../../props/mod.ts";

const file = `${import.meta.dirname}/models.py`;
const { size, tensor } = inputs;
const batch = size(1, 4);
const rows = (width: number) => [tensor({ shape: [batch, width] })];
const words = (count: number) => [
  tensor({ shape: [batch, size(1, 5)], dtype: "int64", low: 0, high: count }),
];
const batchIndependent = true;
/** As recurrent layers do it. */
const incremental = { input: 0, output: "output[0]", state: { 1: "output[1]" } };

/** Sequences with a mask of their padding, of which at least the first place of each is not. */
const masked = (width: number, between: readonly null[]) =>
  fc.tuple(batch, size(1, 5)).chain(([n, l]) =>
    fc.tuple(
      tensor({ shape: [n, l, width] }),
      ...between.map(() => fc.constant(null)),
      tensor({ shape: [n, l], dtype: "bool", fill: "zeros" }),
    )
  );

export const subjects: readonly Subject[] = await pytorch([
  {
    name: "nn.Linear",
    spec: { class: "Linear", args: [4, 2] },
    inputs: rows(4),
    claims: { batchIndependent },
  },
  {
    name: "nn.Sequential",
    spec: {
      class: "Sequential",
      args: [{ class: "Linear", args: [6, 8] }, { class: "ReLU" }, {
        class: "Linear",
        args: [8, 3],
      }],
    },
    inputs: rows(6),
    claims: { batchIndependent },
  },
  {
    name: "nn.Embedding",
    spec: { class: "Embedding", args: [10, 4], kwargs: { padding_idx: 0 } },
    inputs: words(10),
    claims: { batchIndependent },
  },
  {
    name: "nn.LayerNorm",
    spec: { class: "LayerNorm", args: [5] },
    inputs: rows(5),
    claims: { batchIndependent },
  },
  {
    name: "nn.BatchNorm1d, nn.Dropout",
    spec: {
      class: "Sequential",
      args: [
        { class: "Linear", args: [4, 6] },
        { class: "BatchNorm1d", args: [6] },
        { class: "ReLU" },
        { class: "Dropout", args: [0.5] },
        { class: "Linear", args: [6, 2] },
      ],
    },
    inputs: [tensor({ shape: [size(2, 4), 4] })],
    claims: { batchIndependent },
  },
  {
    name: "nn.Conv1d, nn.GroupNorm",
    spec: {
      class: "Sequential",
      args: [
        { class: "Conv1d", args: [2, 4, 3], kwargs: { padding: 1 } },
        { class: "GroupNorm", args: [2, 4] },
      ],
    },
    inputs: [tensor({ shape: [batch, 2, size(2, 6)] })],
    claims: { batchIndependent },
  },
  {
    name: "nn.PReLU",
    spec: { class: "PReLU", args: [4] },
    inputs: rows(4),
    claims: { batchIndependent },
  },
  {
    name: "nn.GRU",
    spec: { class: "GRU", args: [3, 4], kwargs: { batch_first: true, num_layers: 2 } },
    inputs: [tensor({ shape: [batch, size(1, 5), 3] })],
    claims: { incremental },
  },
  {
    name: "nn.LSTM",
    spec: { class: "LSTM", args: [3, 4], kwargs: { batch_first: true } },
    inputs: [tensor({ shape: [batch, size(1, 5), 3] })],
    claims: { incremental },
  },
  {
    name: "nn.MultiheadAttention",
    spec: { class: "MultiheadAttention", args: [8, 2], kwargs: { batch_first: true } },
    inputs: fc.tuple(batch, size(1, 4)).chain(([n, l]) => {
      const sequence = tensor({ shape: [n, l, 8] });
      return fc.tuple(sequence, sequence, sequence);
    }),
    claims: { batchIndependent },
  },
  {
    name: "nn.TransformerEncoderLayer",
    spec: { class: "TransformerEncoderLayer", args: [8, 2, 16], kwargs: { batch_first: true } },
    inputs: masked(8, [null]),
    claims: { batchIndependent, paddingIndependent: { input: 0, mask: 2 } },
  },
  {
    name: "tied weights",
    spec: { file, class: "TiedWeights" },
    inputs: words(7),
    claims: { batchIndependent },
  },
  {
    name: "a buffer that is not saved",
    spec: { file, class: "TransientBuffer" },
    inputs: rows(4),
    claims: { batchIndependent },
  },
  { name: "weight_norm", spec: { file, class: "weight_norm" }, inputs: rows(4) },
  { name: "spectral_norm", spec: { file, class: "spectral_norm" }, inputs: rows(4) },
  { name: "orthogonal", spec: { file, class: "orthogonal" }, inputs: rows(4) },
], { python: Deno.env.get("PYTHON") ?? "python3" });
