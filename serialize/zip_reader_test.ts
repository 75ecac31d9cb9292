import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../core/mod.ts";
import { portableCrc32 } from "./crc32.ts";
import { openSource } from "./source.ts";
import { ZipReader } from "./zip_reader.ts";
import { ZipWriter } from "./zip_writer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function open(bytes: Uint8Array): Promise<ZipReader> {
  return await ZipReader.open(await openSource(bytes));
}

/** An archive of plain records, written by our own writer. */
async function archive(records: Record<string, Uint8Array>): Promise<Uint8Array> {
  const parts: number[] = [];
  const sink = {
    write(bytes: Uint8Array): Promise<void> {
      parts.push(...bytes);
      return Promise.resolve();
    },
  };
  const zip = new ZipWriter(sink, portableCrc32);
  for (const [name, bytes] of Object.entries(records)) {
    await zip.record(name, bytes.length, [bytes]);
  }
  await zip.finish();
  return Uint8Array.from(parts);
}

/** A deflated archive of one record with chosen sizes in its directory. */
async function deflated(payload: Uint8Array, size = payload.length): Promise<Uint8Array> {
  const stream = new Blob([payload as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  const stored = new Uint8Array(await new Response(stream).arrayBuffer());
  const bytes = await archive({ "r/data": stored });
  const entry = find(bytes, [0x50, 0x4b, 0x01, 0x02]);
  const view = new DataView(bytes.buffer);
  view.setUint16(entry + 10, 8, true);
  view.setUint32(entry + 16, portableCrc32(payload), true);
  view.setUint32(entry + 24, size, true);
  return bytes;
}

function find(bytes: Uint8Array, signature: number[]): number {
  return bytes.findIndex((_, at) => signature.every((byte, i) => bytes[at + i] === byte));
}

Deno.test("ZipReader reads a file of PyTorch's", async () => {
  const zip = await open(await Deno.readFile(new URL("testdata/golden_g.pt", import.meta.url)));
  assertEquals(zip.entries.map((entry) => entry.name), ["g/data.pkl", "g/data/0", "g/version"]);
  const payload = await zip.read(zip.find("G/DATA/0")!, { checkCrc: true });
  assertEquals([...new Float32Array(payload.slice().buffer)], [1, 2, 3, 4]);
});

Deno.test("ZipReader reads archives without zip64 records, and with a comment or junk", async () => {
  const bytes = await archive({ "r/a": encode("one"), "r/b": encode("") });
  const tail = find(bytes, [0x50, 0x4b, 0x06, 0x06]);
  const plain = new Uint8Array([...bytes.subarray(0, tail), ...bytes.subarray(tail + 76)]);
  for (const variant of [plain, new Uint8Array([...bytes, ...new Uint8Array(65_000)])]) {
    const zip = await open(variant);
    assertEquals(new TextDecoder().decode(await zip.read(zip.find("r/a")!)), "one");
    assertEquals((await zip.read(zip.find("r/b")!)).length, 0);
  }
});

Deno.test("ZipReader inflates, and holds the result against the directory", async () => {
  const payload = encode("weights ".repeat(5000));
  const zip = await open(await deflated(payload));
  assertEquals(await zip.read(zip.entries[0], { checkCrc: true }), payload);
  for (
    const [size, message] of [[payload.length - 1, "more than"], [50_000, "inflates to 40000"]]
  ) {
    const wrong = await open(await deflated(payload, Number(size)));
    await assertRejects(() => wrong.read(wrong.entries[0]), CheckpointError, String(message));
  }
  const broken = await deflated(payload);
  broken.fill(0xff, 64, 80);
  const damaged = await open(broken);
  await assertRejects(() => damaged.read(damaged.entries[0]), CheckpointError, "inflated");
});

Deno.test("ZipReader refuses an unbelievable ratio before it takes memory", async () => {
  const zip = await open(await deflated(encode("x"), 0xfffffff0));
  await assertRejects(() => zip.read(zip.entries[0]), CheckpointError, "believable");
});

Deno.test("ZipReader refuses duplicate, overlapping, encrypted and foreign-method records", async () => {
  const bytes = await archive({ "r/a": encode("one"), "r/A": encode("two") });
  await assertRejects(() => open(bytes), CheckpointError, "two records");

  const good = await archive({ "r/a": encode("one"), "r/b": encode("two") });
  const entry = find(good, [0x50, 0x4b, 0x01, 0x02]);
  const second = entry + 46 + 3;
  const change = (edit: (view: DataView) => void): Uint8Array => {
    const copy = good.slice();
    edit(new DataView(copy.buffer));
    return copy;
  };
  const cases: [string, (view: DataView) => void][] = [
    ["overlap", (v) => v.setUint32(second + 42, 0, true)],
    ["encrypted", (v) => v.setUint16(entry + 8, 0x0801, true)],
    ["method 12", (v) => v.setUint16(entry + 10, 12, true)],
    ["two sizes", (v) => v.setUint32(entry + 24, 4, true)],
    ["behind itself", (v) => v.setUint32(entry + 42, 5000, true)],
    ["zip64 sizes", (v) => v.setUint32(entry + 24, 0xffffffff, true)],
    ["no entry", (v) => v.setUint32(second, 0, true)],
  ];
  for (const [message, edit] of cases) {
    await assertRejects(() => open(change(edit)), CheckpointError, message);
  }
});

Deno.test("ZipReader notices a payload that runs into the next record", async () => {
  const bytes = await archive({ "r/a": encode("one"), "r/b": encode("two") });
  new DataView(bytes.buffer).setUint16(28, 200, true); // the extra field's length in the header
  const zip = await open(bytes);
  await assertRejects(() => zip.read(zip.entries[0]), CheckpointError, "run into");
});

Deno.test("ZipReader checks checksums only when asked", async () => {
  const bytes = await archive({ "r/a": encode("one") });
  bytes[64] ^= 1;
  const zip = await open(bytes);
  assert(await zip.read(zip.entries[0]));
  await assertRejects(
    () => zip.read(zip.entries[0], { checkCrc: true }),
    CheckpointError,
    'record "r/a" at byte 0 does not match its checksum',
  );
});

Deno.test("ZipReader says that a truncated archive is truncated", async () => {
  const bytes = await archive({ "r/a": encode("one") });
  for (let length = 0; length < bytes.length; length++) {
    await assertRejects(() => open(bytes.slice(0, length)), CheckpointError);
  }
  await assertRejects(() => open(bytes.slice(0, 100)), CheckpointError, "truncated");
});
