import { assertEquals, assertMatch } from "@std/assert";
import { linspace, type Tensor } from "../../core/mod.ts";
import { Linear, Module } from "../../nn/mod.ts";
import { noUnregisteredState } from "../laws/mod.ts";
import { judge } from "../runner.ts";
import { subject } from "../subject.ts";
import { snippet } from "./mod.ts";

/** The class that the file below exports. */
class Scaled extends Module {
  lin = new Linear(4, 4);
  table = linspace(0, 1, 4);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(this.table);
  }
}

const FILE = `import { linspace } from "${new URL("../../core/mod.ts", import.meta.url)}";
import { Linear, Module } from "${new URL("../../nn/mod.ts", import.meta.url)}";
export ${Scaled}`;

Deno.test("snippet() is a program that judges the refuted case again", async () => {
  const result = await judge(noUnregisteredState, subject("Scaled", () => new Scaled()));
  const folder = await Deno.makeTempDir();
  try {
    const file = `file://${folder}/it's "scaled".js`;
    await Deno.writeTextFile(new URL(file), FILE);
    const program = snippet(result, { name: "Scaled", file: new URL(file).href })!;
    await Deno.writeTextFile(`${folder}/replay.ts`, program);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-lock", "--allow-read", `--config=${config}`, `${folder}/replay.ts`],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const out = new TextDecoder().decode(stdout);
    assertEquals(code, 0);
    assertMatch(out, /where: "this\.table"/);
    assertMatch(out, /kind: "claim"/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("snippet() is null for what no file exports, and for what was not refuted", async () => {
  const result = await judge(noUnregisteredState, subject("Scaled", () => new Scaled()));
  assertEquals(snippet(result, { name: "Scaled" }), null);
  const { refutation: _, ...held } = result;
  assertEquals(snippet(held, { name: "Scaled", file: "file:///a.ts" }), null);
});
