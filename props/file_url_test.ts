import { assertEquals } from "@std/assert";
import { fileUrl } from "./file_url.ts";

Deno.test("fileUrl() names the file that the path names, whatever characters are in it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "a #%20 b" });
  const before = Deno.cwd();
  try {
    Deno.chdir(folder);
    for (const name of ["a b.ts", "#a.ts", "%41.ts", "a%.ts", "what?.ts", "a:b.ts", "é'\".ts"]) {
      await Deno.writeTextFile(name, name);
      for (const path of [name, `./${name}`, `${Deno.cwd()}/${name}`]) {
        assertEquals(await Deno.readTextFile(fileUrl(path)), name);
      }
      assertEquals(await Deno.readTextFile(fileUrl(name, fileUrl("./"))), name);
    }
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
});
