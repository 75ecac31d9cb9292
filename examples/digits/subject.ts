/**
 * The digit classifier and its PyTorch checkpoint, for the laws: `deno task conform
 * examples/digits/subject.ts`, and part of what `deno task conform` judges by itself.
 *
 * @module
 */
import { load, tensor } from "@touchstone/touchstone";
import { inputs, type Subject, subject } from "@touchstone/touchstone/props";
import { CHECKPOINT, Digits, loadDigits } from "./model.ts";

/** The classifier. PyTorch and a human agree on 62 of the 64 digits. */
export const subjects: readonly Subject[] = [
  subject("Digits", () => new Digits(), {
    inputs: [inputs.tensor({ shape: [inputs.size(2, 3), 784], low: 0, high: 1 })],
    claims: {
      expected: {
        state: () => load(CHECKPOINT),
        async inputs() {
          const { count, pixels } = await loadDigits();
          return [tensor(pixels, { dtype: "float32" }).div(255).reshape([count, 784])];
        },
        outputs: async () => (await loadDigits()).logits,
        labels: async () => (await loadDigits()).labels,
        accuracy: 62 / 64,
        tolerance: 1e-5,
      },
    },
  }),
];
