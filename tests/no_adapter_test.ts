import { assert, assertEquals } from "@std/assert";
import { ABSENT, ROOT, runDeno } from "./_support.ts";

Deno.test("a move to webgpu without an adapter raises DeviceError and says how to get one", async () => {
  const program = `
import { tensor } from "${new URL("mod.ts", ROOT)}";
try {
  await tensor([1, 2]).to("webgpu");
} catch (error) {
  console.log(error.name + ": " + error.message);
}
console.log(await tensor([1, 2]).add(1).tolist());
`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const { code, stdout, stderr } = await runDeno(["run", "--no-prompt", file], {
      env: { DENO_WEBGPU_BACKEND: ABSENT },
    });
    assertEquals(code, 0, stderr);
    const [error, rest] = stdout.split("\n");
    assert(error.startsWith("DeviceError: There is no WebGPU adapter: "), error);
    assert(/install|enable|Metal/.test(error), error);
    assertEquals(rest, "[ 2, 3 ]");
  } finally {
    await Deno.remove(file);
  }
});
