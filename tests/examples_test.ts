import { assertEquals } from "@std/assert";
import { forDevices } from "../core/testdata/devices.ts";
import { ROOT, runDeno } from "./_support.ts";

/** What each program must print; where PyTorch prints the same thing, that is where it comes from. */
interface Expected {
  permissions?: string[];
  output: string;
  /** What it prints on webgpu, where it takes a device. */
  onWebGpu?: (output: string) => string;
}

const EXPECTED: Record<string, Expected> = {
  "seed_1_save_and_load.ts": {
    permissions: ["--allow-read", "--allow-write"],
    output: `
{ missingKeys: [], unexpectedKeys: [] }
training: false
same before loading: false
same after loading: true
`,
    onWebGpu: (output) => output,
  },
  "seed_2_state_dict.ts": {
    output: `
lin.weight [ 2, 4 ]
lin.bias [ 2 ]
`,
  },
  "seed_3_parameter_and_buffer.ts": {
    output: `
parameters: [ "param" ]
buffers: [ "myBuffer" ]
state dict: [ "param", "myBuffer" ]
output: [ 2, 3 ]
`,
  },
  "seed_4_register_parameter.ts": {
    output: `
parameters: [ "param" ]
state dict: [ "param", "myBuffer" ]
param moved: true
myBuffer moved: false
polynomial: [ "w0", "w1", "w2", "w3" ]
output: [ 5 ]
`,
    onWebGpu: (output) => output,
  },
  "seed_5_unregistered_state.ts": {
    output: `
state dict: [ "myParam", "myBuffer" ]
myParam: reference
myBuffer: reference
myTensor: cpu
forward: DeviceError
`,
    onWebGpu: (output) => output.replaceAll("reference", "webgpu"),
  },
  "seed_6_frozen_parameter_or_buffer.ts": {
    output: `
WithParameter
  state dict: [ "w", "offset" ]
  parameters: [ "w", "offset" ]
  numbers in them: 4
  offset moved: false
  after requiresGrad_(true), moved: true
  frozen again, moved: true
  tensors with a state in the optimizer: 2
WithBuffer
  state dict: [ "w", "offset" ]
  parameters: [ "w" ]
  numbers in them: 2
  offset moved: false
  after requiresGrad_(true), moved: false
  frozen again, moved: false
  tensors with a state in the optimizer: 1
a count as a Parameter: DTypeError
a count as a Buffer: int64
`,
  },
  "seed_7_embeddings.ts": {
    output: `
Embeddings(
  (embs): Embedding(5, 3)
  (dropout): Dropout(p=0.1, inplace=False)
)
pe [ 1, 5000, 3 ]
embs.weight [ 5, 3 ]
parameters: [ "embs.weight" ]
buffers: [ "pe" ]
tensor([[[ 0.0000,  1.0000,  0.0000],
         [ 0.8415,  0.5403,  0.0022],
         [ 0.9093, -0.4161,  0.0043],
         [ 0.1411, -0.9900,  0.0065]]])
tensor([[[-0.6639, -0.7478, -0.9747]]])
[ 1, 3, 3 ]
`,
    onWebGpu: (output) => output.replaceAll("]])\n", "]], device='webgpu')\n"),
  },
  "digits/classify.ts": {
    permissions: ["--allow-read"],
    output: `
62 of 64 digits recognised
PyTorch's logits within 1e-5: true
`,
  },
};

for (const [program, { permissions = [], output, onWebGpu }] of Object.entries(EXPECTED)) {
  const run = ["run", "--no-prompt", "--quiet", ...permissions, `examples/${program}`];
  Deno.test(`examples/${program} prints what it should`, async () => {
    const { code, stdout, stderr } = await runDeno(run);
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: output.slice(1), stderr: "" });
  });
  if (onWebGpu === undefined) continue;
  forDevices(`examples/${program} prints what it should`, async (device) => {
    const { code, stdout } = await runDeno([...run, device]);
    assertEquals({ code, stdout }, { code: 0, stdout: onWebGpu(output.slice(1)) });
  }, ["webgpu"]);
}

Deno.test("every program in examples/ is run", async () => {
  const programs: string[] = [];
  for await (const entry of Deno.readDir(new URL("examples/", ROOT))) {
    if (entry.name.endsWith(".ts")) programs.push(entry.name);
  }
  assertEquals(programs.filter((name) => !(name in EXPECTED)), []);
});
