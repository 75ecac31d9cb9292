// Runs a model trained in PyTorch: deno run --allow-read examples/digits/classify.ts
import { load, noGrad, tensor } from "@touchstone/touchstone";
import { CHECKPOINT, Digits, loadDigits } from "./model.ts";

const { count, pixels, labels, logits: fromPyTorch } = await loadDigits();

const model = new Digits();
await model.loadStateDict(await load(CHECKPOINT));
model.eval();

const x = tensor(pixels, { dtype: "float32" }).div(255).reshape([count, 784]);
const logits = noGrad(() => model.forward(x));

const guesses = await logits.argmax(1).tolist() as number[];
const right = guesses.filter((guess, i) => guess === labels[i]).length;
const ours = await logits.data() as Float32Array;
const difference = ours.reduce((most, y, i) => Math.max(most, Math.abs(y - fromPyTorch[i])), 0);

console.log(`${right} of ${count} digits recognised`);
console.log(`PyTorch's logits within 1e-5: ${difference < 1e-5}`);
