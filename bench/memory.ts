/**
 * Whether a training loop that awaits nothing but `loss.item()` runs in bounded memory: prints what
 * is live and the process's own size on the way, and a verdict.
 *
 *     deno run -A bench/memory.ts [steps, 20000 by default]
 */
import { memory } from "../core/mod.ts";
import { mlpStep, Training } from "./cases/mlp_step.ts";

const MB = 2 ** 20;
const steps = Number(Deno.args[0] ?? 20_000);
const marks = [500, 1000];
for (let step = 2000; step <= steps; step += 2000) marks.push(step);

const training = new Training(mlpStep.inputs(mlpStep.sizes[0]), "cpu");
const seen: { live: number; size: number }[] = [];
console.log("  step  most live MB      RSS MB     loss");
const start = performance.now();
let most = 0; // since the last mark: what is live goes up and down with each collection
for (let step = 1; step <= steps; step++) {
  const loss = await training.step();
  most = Math.max(most, memory().cpu.live);
  if (!marks.includes(step)) continue;
  const mark = { live: most / MB, size: Deno.memoryUsage().rss / MB };
  seen.push(mark);
  most = 0;
  const columns = [mark.live, mark.size].map((size) => size.toFixed(1).padStart(12)).join("");
  console.log(String(step).padStart(6) + columns.padStart(26) + loss.toFixed(4).padStart(9));
}
const elapsed = performance.now() - start;
console.log(`${(elapsed / steps).toFixed(3)} ms a step`);

// Flat: the second half of the run needs no more than the first, give or take one collection.
const half = Math.ceil(seen.length / 2);
const highest = (part: typeof seen, of: "live" | "size") =>
  Math.max(...part.map((mark) => mark[of]));
const flat = (of: "live" | "size", slack: number) =>
  highest(seen.slice(half), of) <= highest(seen.slice(0, half), of) + slack;
const verdict = flat("live", 8) && flat("size", 8);
console.log(verdict ? "flat" : "NOT FLAT");
Deno.exit(verdict ? 0 : 1);
