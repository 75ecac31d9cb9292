import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromStorage, Storage } from "../core/mod.ts";
import { writeAtomically } from "./_atomic.ts";
import { load } from "./load.ts";
import { save } from "./save.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const linux = Deno.build.os === "linux";

async function inFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("writeAtomically() leaves the old file whole when writing fails in the middle", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/m.pt`;
    await Deno.writeTextFile(path, "old");
    await assertRejects(
      () =>
        writeAtomically(path, async (sink) => {
          await sink.write(text("new, but only the first ha"));
          assertEquals(await Deno.readTextFile(path), "old");
          throw new Error("power");
        }),
      Error,
      "power",
    );
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(names(folder), ["m.pt"]);
  });
});

Deno.test("save() leaves the old file whole when a storage cannot be read", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/m.pt`;
    await save([1], path);
    const storage = Storage.fromBytes("uint8", new Uint8Array(4));
    const broken = fromStorage(storage, { shape: [4], strides: [1], offset: 0 });
    storage.bytes = () => Promise.reject(new Error("the device is gone"));
    await assertRejects(() => save([broken], path), Error, "the device is gone");
    assertEquals(await load<number[]>(path), [1]);
    assertEquals(names(folder), ["m.pt"]);
  });
});

Deno.test("writeAtomically() keeps permissions and follows links", { ignore: !linux }, async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/real`, "old");
    await Deno.chmod(`${folder}/real`, 0o600);
    await Deno.symlink("real", `${folder}/link`);
    await writeAtomically(`${folder}/link`, (sink) => sink.write(text("new")));
    assert((await Deno.lstat(`${folder}/link`)).isSymlink);
    assertEquals(await Deno.readTextFile(`${folder}/real`), "new");
    assertEquals((await Deno.stat(`${folder}/real`)).mode! & 0o777, 0o600);
  });
});

Deno.test("writeAtomically() takes relative names and the longest names", async () => {
  await inFolder(async (folder) => {
    const before = Deno.cwd();
    Deno.chdir(folder);
    try {
      await writeAtomically("relative", (sink) => sink.write(text("a")));
      const longest = "n".repeat(255);
      await writeAtomically(longest, (sink) => sink.write(text("b")));
      assertEquals(names(folder).toSorted(), [longest, "relative"]);
    } finally {
      Deno.chdir(before);
    }
  });
});

Deno.test("save() gives the system's error for a full device and a missing folder", {
  ignore: !linux,
}, async () => {
  const error = await assertRejects(() => save([1], "/dev/full"), Error, "No space left");
  assertEquals(error.name === "CheckpointError", false);
  assert((await Deno.stat("/dev/full")).isCharDevice, "the device is still there");
  await save([1], "/dev/null");
  assert((await Deno.stat("/dev/null")).isCharDevice);
  await inFolder(async (folder) => {
    await assertRejects(() => save([1], `${folder}/none/m.pt`), Deno.errors.NotFound);
    await assertRejects(() => save([1], folder), Deno.errors.IsADirectory);
    assertEquals(names(folder), []);
  });
});

Deno.test(
  "save() leaves the old file whole when the disk fills up",
  { ignore: !linux },
  async () => {
    // A limit on file sizes, with its signal ignored, fails a write in the middle as a full disk does.
    await inFolder(async (folder) => {
      await save([1], `${folder}/m.pt`);
      const code = `
      import { fromStorage, Storage } from ${JSON.stringify(import.meta.resolve("../core/mod.ts"))};
      import { save } from ${JSON.stringify(import.meta.resolve("./save.ts"))};
      const storage = Storage.fromBytes("uint8", new Uint8Array(3_000_000));
      const big = fromStorage(storage, { shape: [1], strides: [1], offset: 0 });
      await save([big], ${JSON.stringify(folder + "/m.pt")}).catch((e) => console.log(e.message));
    `;
      await Deno.writeTextFile(`${folder}/program.ts`, code);
      const { stdout } = await new Deno.Command("sh", {
        args: [
          "-c",
          'trap "" XFSZ; ulimit -f 1024; exec "$0" run --no-check -A "$1"',
          Deno.execPath(),
          `${folder}/program.ts`,
        ],
        stderr: "null",
      }).output();
      assert(new TextDecoder().decode(stdout).includes("File too large"));
      assertEquals(await load<number[]>(`${folder}/m.pt`), [1]);
      assertEquals(names(folder).toSorted(), ["m.pt", "program.ts"]);
    });
  },
);

Deno.test(
  "save() leaves the old file whole when its process is killed",
  { ignore: !linux },
  async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/m.pt`;
      await save([1], path);
      const code = `
      import { fromStorage, Storage } from ${JSON.stringify(import.meta.resolve("../core/mod.ts"))};
      import { save } from ${JSON.stringify(import.meta.resolve("./save.ts"))};
      const views = Array.from({ length: 40 }, () => {
        const storage = Storage.fromBytes("uint8", new Uint8Array(2_000_000));
        return fromStorage(storage, { shape: [1], strides: [1], offset: 0 });
      });
      console.log("saving");
      await save(views, ${JSON.stringify(path)});
      console.log("saved");
    `;
      await Deno.writeTextFile(`${folder}/program.ts`, code);
      const process = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "-A", `${folder}/program.ts`],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      // Killed once the other file is seen to grow: after the start, long before the end.
      const said: string[] = [];
      const listening = process.stdout.pipeThrough(new TextDecoderStream())
        .pipeTo(new WritableStream({ write: (part) => void said.push(part) }));
      const isGrowing = (): boolean =>
        names(folder).some((name) =>
          name.endsWith(".tmp") && Deno.statSync(`${folder}/${name}`).size > 1_000_000
        );
      let ended = false;
      const status = process.status.finally(() => ended = true);
      while (!isGrowing() && !ended) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (!ended) process.kill("SIGKILL");
      await status;
      await listening;
      assertEquals(said.join(""), "saving\n");
      assertEquals(await load<number[]>(path), [1]);
    });
  },
);
