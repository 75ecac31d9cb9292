import { assert } from "@std/assert";
import { CheckpointError } from "../core/mod.ts";
import { load } from "./load.ts";
import type { Loaded } from "./decode_value.ts";
import { describe } from "./testdata/describe.ts";

/** Loads and walks the result; false when it was refused as it should be. */
async function survives(bytes: Uint8Array, what: string): Promise<boolean> {
  try {
    await load<Loaded>(bytes);
    return true;
  } catch (error) {
    // UnsafePickleError is one too; its bare name is what a user would see.
    assert(
      error instanceof CheckpointError,
      `${what}: ${error instanceof Error ? error.stack : error}`,
    );
    return false;
  }
}

/** A small generator, so that a failure repeats (mulberry32). */
function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const read = (name: string): Promise<Uint8Array> =>
  Deno.readFile(new URL(`testdata/${name}`, import.meta.url));

Deno.test("load() refuses every truncation of a checkpoint with CheckpointError", async () => {
  for (const name of ["golden_g.pt", "values.pt", "rezipped.pt"]) {
    const bytes = await read(name);
    for (let length = 0; length < bytes.length; length++) {
      const loaded = await survives(bytes.slice(0, length), `${name} cut at ${length}`);
      assert(!loaded, `${name} cut at ${length} loads`);
    }
  }
});

Deno.test("load() survives every single-byte change of a small checkpoint", async () => {
  const bytes = await read("golden_g.pt");
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] ^= change;
      if (!await survives(damaged, `golden_g.pt with byte ${at} ^ ${change}`)) refused++;
    }
  }
  assert(refused > 300, `only ${refused} changes were noticed`);
});

Deno.test("load() survives thousands of random changes of larger checkpoints", async () => {
  const names = ["values.pt", "protocol1.pt", "protocol5.pt", "views.pt", "parameters.pt"]
    .concat(["batchnorm.pt", "rezipped.pt", "bigendian.pt", "cycle.pt"]);
  for (const [index, name] of names.entries()) {
    const bytes = await read(name);
    const random = randomNumbers(index + 1);
    for (let run = 0; run < 500; run++) {
      const damaged = bytes.slice();
      const changes: string[] = [];
      for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
        const at = Math.floor(random() * bytes.length), value = Math.floor(random() * 256);
        damaged[at] = value;
        changes.push(`${at}=${value}`);
      }
      await survives(damaged, `${name} with ${changes.join(", ")}`);
    }
  }
});

Deno.test("load() survives pickles of random opcodes", async () => {
  const bytes = await read("golden_g.pt");
  const random = randomNumbers(99);
  const opcodes = [...")]}(.012NRQbaeustqhKMJXcp\x85\x86\x87\x88\x89\x8a\x8f\x90\x91\x94\x93\x81"];
  const globals = ["collections\nOrderedDict\n", "builtins\nset\n", "torch\nSize\n"]
    .concat(["torch._utils\n_rebuild_tensor_v2\n", "torch\nFloatStorage\n", "torch\ndevice\n"]);
  for (let run = 0; run < 2000; run++) {
    const damaged = bytes.slice();
    let pickle = "";
    while (pickle.length < 169) {
      const opcode = opcodes[Math.floor(random() * opcodes.length)];
      pickle += opcode;
      if (opcode === "c") pickle += globals[Math.floor(random() * globals.length)];
      else if ("Kqh".includes(opcode)) pickle += String.fromCharCode(Math.floor(random() * 4));
    }
    damaged.set(Array.from(pickle.slice(0, 169), (character) => character.charCodeAt(0)), 0x40);
    await survives(damaged, JSON.stringify(pickle));
  }
});

Deno.test("load() takes no memory on a header's word", async () => {
  // Every 32-bit field of a small file claims 4 GiB in turn; the test ends at once or not at all.
  const bytes = await read("golden_g.pt");
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const damaged = bytes.slice();
    damaged.set([0xf0, 0xff, 0xff, 0xff], at);
    if (await survives(damaged, `4 GiB at byte ${at}`)) {
      await describe(await load<Loaded>(damaged));
    }
  }
});
