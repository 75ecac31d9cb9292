/**
 * Runs `deno test` on the whole project, documentation examples included, and ends with a line that
 * any program can read: `N passed, N failed`. Arguments go to `deno test`.
 *
 *     deno task test [files...] [--filter name]
 */
import { verdictOf } from "./verdict.ts";

const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--doc", "-A", "--parallel", ...Deno.args],
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
const verdict = verdictOf(output, await child.status);
if (verdict.lateSignal !== null) {
  console.error(
    `The tests' process was ended by ${verdict.lateSignal} while it exited, all passed.`,
  );
}
console.log(verdict.line);
Deno.exit(verdict.ok ? 0 : 1);
