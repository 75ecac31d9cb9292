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
  // The benchmarks' peers are in a lock file of their own, so that nobody else has to fetch them.
  ["types", ["check", "--lock=bench/deno.lock"]],
  ["package", ["publish", "--dry-run", "--allow-dirty"]],
  ["tests", ["run", "--allow-run", "--allow-env=DENO_WEBGPU_BACKEND", "tools/run_tests.ts"]],
];

const failed: string[] = [];
if (!await documented()) failed.push("documentation");
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

/**
 * Whether `deno doc --lint` has nothing to say of our own files. Laws are made of fast-check's
 * arbitraries, so its types are in our signatures; how they are documented is not ours to mend.
 */
async function documented(): Promise<boolean> {
  console.log(`\n=== documentation: deno doc --lint ${entries.join(" ")}`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...entries],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  const places = [...text.matchAll(/^\s*--> (.+)$/gm)].map(([, place]) => place);
  const own = places.filter((place) => !place.includes("/fast-check/"));
  if (own.length > 0 || (code !== 0 && places.length === 0)) console.log(text);
  return own.length === 0 && (code === 0 || places.length > 0);
}
