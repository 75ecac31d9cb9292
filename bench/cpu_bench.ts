/** Every case on the CPU, for `deno bench`: one group a case. Peers are in `deno task bench`. */
import { cases } from "./cases/mod.ts";

for (const benchCase of cases) {
  for (const size of benchCase.sizes) {
    const prepared = await benchCase.prepare(benchCase.inputs(size), "cpu");
    Deno.bench({
      name: `${benchCase.name} ${size.label}`,
      group: benchCase.name,
      fn: () => prepared.run(),
    });
  }
}
