import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { command, inFolder } from "../testdata/run_gate.ts";
import { linesOf } from "./protocol.ts";

const NN = new URL("../../nn/mod.ts", import.meta.url).href;
const part = (width: number) => `export const width = ${width};\n`;
const SUBJECT = `import { Linear } from "${NN}";
import { width } from "./part.ts";
export class Watched extends Linear {
  constructor() { super(3, width); }
}
`;

Deno.test({
  name: "--watch judges again when a file changes that the subject's file imports",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/part.ts`, part(2));
      await Deno.writeTextFile(`${folder}/subject.ts`, SUBJECT);
      const args = [`${folder}/subject.ts`, "--law=save/identity", "--runs=1", "--watch"];
      const child = command(args).spawn();
      const errors = new Response(child.stderr).text();
      const lines = linesOf(child.stdout);
      const until = async (start: string) => {
        for (let line = await lines.next(); !line.done; line = await lines.next()) {
          if (line.value.startsWith(start)) return line.value;
        }
        throw new Error(`It ended without "${start}": ${await errors}`);
      };
      await until("1 passed, 0 failed");
      await until("watching ");
      await Deno.writeTextFile(`${folder}/part.ts`, "throw new Error('half written');\n");
      assert((await until("changed: ")).endsWith("/part.ts"));
      await until("watching ");
      await Deno.writeTextFile(`${folder}/part.ts`, part(4));
      await until("changed: ");
      await until("1 passed, 0 failed");
      await until("watching ");
      child.kill("SIGINT");
      for await (const _ of lines);
      const { code, signal } = await child.status;
      assertEquals([code, signal], [0, null]);
      assertStringIncludes(await errors, "can't be loaded");
    });
  },
});

Deno.test("--watch without the permission to start processes is a mistake", async () => {
  const { code, stderr } = await command(["--watch"], ["--no-prompt", "--allow-read"]).output();
  assertEquals(code, 2);
  assertStringIncludes(new TextDecoder().decode(stderr), "--watch needs --allow-run");
});
