import { assertEquals, assertStringIncludes } from "@std/assert";

const conform = new URL("../conform.ts", import.meta.url).pathname;
const server = new URL("testdata/server.ts", import.meta.url).href;
const command = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", server];

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", conform, "server", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("conform server names the library, a line for each check, and ends with a count", async () => {
  const { code, out, err } = await run("--spec", '"Linear"', "--", ...command, "none");
  assertEquals([code, err], [0, ""]);
  const lines = out.trim().split("\n");
  assertStringIncludes(lines[0], "Touchstone 0.1.0: ");
  assertStringIncludes(out, "✓ integers   An echo keeps all 64 bits of an integer.");
  assertStringIncludes(out, "· forward    forward tells of the outputs");
  assertStringIncludes(out, "\n  there is no --args\n");
  assertEquals(lines.at(-1), "16 passed, 0 failed, 2 skipped");
});

Deno.test("conform server exits with 1 and says why where a check fails", async () => {
  const { code, out } = await run("--", ...command, "hello");
  assertEquals(code, 1);
  assertStringIncludes(out, "✗ hello ");
  assertStringIncludes(out, "speaks protocol 3, not 2");
  assertStringIncludes(out, "8 passed, 1 failed, 9 skipped");
});

Deno.test("conform server exits with 2 for words that make no sense", async () => {
  const wrong: [string[], string][] = [
    [[], "server needs a command after --"],
    [["--", "/no/such/program"], "can't be started"],
    [["--spec", "{", "--", "cat"], "--spec needs JSON"],
    [["--nope", "--", "cat"], "--nope"],
    [["--seconds", "x", "--", "cat"], "--seconds needs a number"],
  ];
  for (const [args, message] of wrong) {
    const { code, err } = await run(...args);
    assertEquals(code, 2, message);
    assertStringIncludes(err, message);
  }
});
