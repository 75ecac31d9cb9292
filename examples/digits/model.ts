/**
 * The digit classifier that `train_digits.py` trains with PyTorch, in this package, and what
 * PyTorch said of 64 digits it had not been trained on.
 *
 * @module
 */
import { F, nn, type Tensor } from "@touchstone/touchstone";

/** Where PyTorch's `torch.save(model.state_dict())` of the trained model is. */
export const CHECKPOINT: URL = new URL("./digits.pt", import.meta.url);

/** 784 pixels in, ten logits out. */
export class Digits extends nn.Module {
  fc1 = new nn.Linear(784, 64);
  bn = new nn.BatchNorm1d(64);
  drop = new nn.Dropout(0.1);
  fc2 = new nn.Linear(64, 10);

  /** `x` holds a digit a row, [N, 784], 0 for paper and 1 for ink; returns logits [N, 10]. */
  override forward(x: Tensor): Tensor {
    const hidden = F.relu(this.bn.forward(this.fc1.forward(x)));
    return this.fc2.forward(this.drop.forward(hidden));
  }
}

/** Digits, and what PyTorch made of them. */
export interface DigitsFixture {
  /** How many digits there are. */
  count: number;
  /** [count, 784], row by row; 0 is paper, 255 is ink. The model wants them divided by 255. */
  pixels: Uint8Array<ArrayBuffer>;
  /** [count], the digits a human saw. */
  labels: number[];
  /** [count, 10], computed by PyTorch in eval mode. */
  logits: Float32Array<ArrayBuffer>;
}

/** Reads the 64 held-out digits next to this file. */
export async function loadDigits(): Promise<DigitsFixture> {
  const pixels = await Deno.readFile(new URL("./digits_inputs.bin", import.meta.url));
  const expected: { labels: number[]; logits: number[][] } = JSON.parse(
    await Deno.readTextFile(new URL("./digits_expected.json", import.meta.url)),
  );
  const { labels, logits } = expected;
  return { count: labels.length, pixels, labels, logits: Float32Array.from(logits.flat()) };
}
