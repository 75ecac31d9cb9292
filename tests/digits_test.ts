import { assert, assertEquals, assertLess } from "@std/assert";
import {
  type DeviceName,
  F,
  load,
  manualSeed,
  noGrad,
  optim,
  save,
  tensor,
} from "@touchstone/touchstone";
import { forDevices } from "../core/testdata/devices.ts";
import { CHECKPOINT, Digits, loadDigits } from "../examples/digits/model.ts";
import { fromFileUrl } from "./_support.ts";

/**
 * How far logits up to 15 may be apart: sums of 784 products in float32, which every processor's
 * matrix product adds in an order of its own.
 */
const TOLERANCE = 1e-5;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

async function trained(device: DeviceName): Promise<Digits> {
  const model = new Digits();
  await model.loadStateDict(await load(CHECKPOINT));
  await model.to(device);
  model.eval();
  return model;
}

forDevices("a model trained in PyTorch gives PyTorch's logits", async (device) => {
  const { count, pixels, labels, logits } = await loadDigits();
  const model = await trained(device);
  const x = tensor(pixels, { dtype: "float32", device }).div(255).reshape([count, 784]);
  const y = noGrad(() => model.forward(x));
  assertLess(largestDifference(await y.data() as Float32Array, logits), TOLERANCE);
  const guesses = await y.argmax(1).tolist() as number[];
  const right = guesses.filter((guess, i) => guess === labels[i]).length;
  assertEquals(right, 62, `PyTorch recognises 62 of ${count}, not ${right}`);
});

Deno.test("a model trained in PyTorch goes on learning here", async () => {
  const { count, pixels, labels } = await loadDigits();
  const model = await trained("cpu");
  model.train();
  manualSeed(0);
  const x = tensor(pixels, { dtype: "float32" }).div(255).reshape([count, 784]);
  const y = tensor(labels, { dtype: "int64" });
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    losses.push(Number(await loss.item()));
  }
  assertLess(losses[19], losses[0] / 4);
  assertEquals(await model.bn.stateDict().get("num_batches_tracked")!.item(), 1890 + 20);
});

/** A Python that has PyTorch, or null. */
async function findPyTorch(): Promise<string | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const tried = await new Deno.Command(python, { args: ["-c", "import torch"], stderr: "null" })
      .output().catch(() => null);
    if (tried?.success) return python;
  }
  return null;
}

const python = await findPyTorch();
if (python === null) console.log("PyTorch is not installed: it will not be asked to read our file");

/** Prints what PyTorch reads from a file, bytes and all, and the logits that it computes from it. */
const READ_WITH_PYTORCH = `
import sys, json, torch
from train_digits import Digits
from pathlib import Path
state = torch.load(sys.argv[1], weights_only=True)
model = Digits()
model.load_state_dict(state)
model.eval()
pixels = torch.frombuffer(bytearray(Path("digits_inputs.bin").read_bytes()), dtype=torch.uint8)
with torch.no_grad():
    logits = model(pixels.reshape(-1, 784).float() / 255)
print(json.dumps({
    "state": [
        [name, str(t.dtype).replace("torch.", ""), list(t.shape), list(t.numpy().tobytes())]
        for name, t in state.items()
    ],
    "logits": logits.flatten().tolist(),
}))
`;

Deno.test({
  name: "PyTorch reads what save() writes to the bit, and computes the same logits from it",
  ignore: python === null,
  async fn() {
    const folder = await Deno.makeTempDir();
    const state = (await trained("cpu")).stateDict();
    await save(state, `${folder}/digits.pt`);
    const { code, stdout, stderr } = await new Deno.Command(python!, {
      args: ["-B", "-c", READ_WITH_PYTORCH, `${folder}/digits.pt`],
      cwd: fromFileUrl(new URL("./", CHECKPOINT)),
    }).output();
    await Deno.remove(folder, { recursive: true });
    const decoder = new TextDecoder();
    assert(code === 0, decoder.decode(stderr));
    const read = JSON.parse(decoder.decode(stdout));
    const saved = [];
    for (const [name, t] of state) {
      const { buffer, byteOffset, byteLength } = await t.data();
      saved.push([name, t.dtype, t.shape, [...new Uint8Array(buffer, byteOffset, byteLength)]]);
    }
    assertEquals(read.state, saved);
    const { logits } = await loadDigits();
    assertLess(largestDifference(read.logits, logits), TOLERANCE);
  },
});
