/**
 * Everything a change must pass, one step after another: `deno task ok`.
 *
 * That imports point one way and form no circle is a test (`tests/imports_test.ts`), so it runs with
 * the tests, which come last.
 */
import config from "../deno.json" with { type: "json" };

const entries = Object.values(config.exports);
const steps: [name: string, args: string[]][] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check"]],
  ["documentation", ["doc", "--lint", ...entries]],
  ["package", ["publish", "--dry-run", "--allow-dirty"]],
  ["tests", ["run", "--allow-run", "tools/run_tests.ts"]],
];

const failed: string[] = [];
for (const [name, args] of steps) {
  console.log(`\n=== ${name}: deno ${args.join(" ")}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nok" : `\nnot ok: ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);
