/**
 * What importing the engine and adding two tensors costs beyond an empty program: whole processes,
 * in turns.
 *
 *     deno run -A bench/startup.ts [runs, 20 by default]
 */
import { quantile } from "./measure.ts";

const runs = Number(Deno.args[0] ?? 20);
const engine = new URL("../mod.ts", import.meta.url).href;
const programs: Readonly<Record<string, string>> = {
  empty: "",
  "import and add": `import { tensor } from ${JSON.stringify(engine)};
const sum = tensor([1, 2, 3]).add(tensor([4, 5, 6]));
if ((await sum.data())[2] !== 9) throw new Error("wrong sum");`,
};

const folder = await Deno.makeTempDir();
const times: Record<string, number[]> = {};
try {
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/${name}.ts`, text);
  }
  // The first run of each compiles TypeScript into Deno's cache, as the first run of any program.
  for (let run = -1; run < runs; run++) {
    for (const name of Object.keys(programs)) {
      const start = performance.now();
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-config", "--no-lock", `${folder}/${name}.ts`],
        stdout: "null",
        stderr: "piped",
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
      if (run >= 0) (times[name] ??= []).push(performance.now() - start);
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
const [empty, add] = Object.keys(programs).map((name) => {
  const [low, middle] = [quantile(times[name], 0.1), quantile(times[name], 0.5)];
  console.log(
    `${name.padEnd(16)} median ${middle.toFixed(1)} ms, a tenth under ${low.toFixed(1)} ms`,
  );
  return middle;
});
console.log(`importing and adding two tensors: ${(add - empty).toFixed(1)} ms more`);
