import { assertEquals } from "@std/assert";
import { ROOT, runDeno } from "./_support.ts";

/** What each program must print; where PyTorch prints the same thing, that is where it comes from. */
const EXPECTED: Record<string, { permissions?: string[]; output: string }> = {
  "seed_1_save_and_load.ts": {
    permissions: ["--allow-read", "--allow-write"],
    output: `
{ missingKeys: [], unexpectedKeys: [] }
training: false
same before loading: false
same after loading: true
`,
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
  },
  "seed_5_unregistered_state.ts": {
    output: `
state dict: [ "myParam", "myBuffer" ]
myParam: reference
myBuffer: reference
myTensor: cpu
forward: DeviceError
`,
  },
  "digits/classify.ts": {
    permissions: ["--allow-read"],
    output: `
62 of 64 digits recognised
PyTorch's logits within 1e-4: true
`,
  },
};

for (const [program, { permissions = [], output }] of Object.entries(EXPECTED)) {
  Deno.test(`examples/${program} prints what it should`, async () => {
    const { code, stdout, stderr } = await runDeno(
      ["run", "--no-prompt", "--quiet", ...permissions, `examples/${program}`],
    );
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: output.slice(1), stderr: "" });
  });
}

Deno.test("every program in examples/ is run", async () => {
  const programs: string[] = [];
  for await (const entry of Deno.readDir(new URL("examples/", ROOT))) {
    if (entry.name.endsWith(".ts")) programs.push(entry.name);
  }
  assertEquals(programs.filter((name) => !(name in EXPECTED)), []);
});
