/**
 * Runs `deno test` on the whole project, documentation examples included, and ends with a line that
 * any program can read: `N passed, N failed`. Arguments go to `deno test`.
 *
 *     deno task test [files...] [--filter name]
 */
import { verdictOf } from "./verdict.ts";

/**
 * Where nothing else is asked for, Linux loads no OpenGL: what Deno loads of it to look for adapters
 * corrupts the heap of one process in ten or so while it exits, when all tests have passed.
 */
const BACKEND = "DENO_WEBGPU_BACKEND";
const backend = Deno.env.get(BACKEND) ?? (Deno.build.os === "linux" ? "vulkan" : undefined);

const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--doc", "-A", "--parallel", ...Deno.args],
  env: backend === undefined ? {} : { [BACKEND]: backend },
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let output = "";
const decoder = new TextDecoder();
for await (const bytes of child.stdout) {
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
  output += decoder.decode(bytes, { stream: true });
}
const { code } = await child.status;
console.log(verdictOf(output, code));
Deno.exit(code === 0 ? 0 : 1);
