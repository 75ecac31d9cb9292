import { assertEquals, assertRejects } from "@std/assert";
import { portableCrc32 } from "./crc32.ts";
import { type ByteSink, ZipWriter } from "./zip_writer.ts";

/** Keeps everything but the bulk of huge writes. */
class KeepingSink implements ByteSink {
  written: Uint8Array[] = [];
  write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes.slice(0, 4096));
    return Promise.resolve();
  }
  bytes(): Uint8Array {
    return Uint8Array.from(this.written.flatMap((part) => [...part]));
  }
}

const hex = (bytes: Uint8Array): string => bytes.toHex();

Deno.test("ZipWriter re-creates a file of PyTorch's byte for byte", async () => {
  const golden = await Deno.readFile(new URL("testdata/golden_g.pt", import.meta.url));
  const sink = new KeepingSink();
  const zip = new ZipWriter(sink, portableCrc32);
  await zip.record("g/data.pkl", 169, [golden.subarray(0x40, 0x40 + 169)]);
  await zip.record("g/data/0", 16, [golden.subarray(0x140, 0x148), golden.subarray(0x148, 0x150)]);
  await zip.record("g/version", 2, [new TextEncoder().encode("3\n")]);
  await zip.finish();
  assertEquals(hex(sink.bytes()), hex(golden));
});

Deno.test("ZipWriter gives an empty record no descriptor", async () => {
  const sink = new KeepingSink();
  const zip = new ZipWriter(sink, portableCrc32);
  await zip.record("r/data/0", 0, []);
  await zip.record("r/version", 2, [new TextEncoder().encode("3\n")]);
  // PyTorch: flags without bit 3, and the next header right after the padding.
  assertEquals(hex(sink.written[0].subarray(6, 8)), "0008");
  assertEquals(sink.written[0].length, 64);
  assertEquals(hex(sink.written[1].subarray(0, 4)), "504b0304");
});

Deno.test("ZipWriter refuses a payload of another length than announced", async () => {
  const zip = new ZipWriter(new KeepingSink(), portableCrc32);
  await assertRejects(() => zip.record("r/x", 3, [new Uint8Array(2)]), RangeError, "gave 2");
  await assertRejects(() => zip.record("r/y", 3, [new Uint8Array(4)]), RangeError, "gave 4");
});

Deno.test("ZipWriter writes zip64 fields as PyTorch does past 4 GiB", async () => {
  const sink = new KeepingSink();
  const size = 2 ** 32 + 100;
  function* payload(): Generator<Uint8Array> {
    const block = new Uint8Array(2 ** 26);
    for (let left = size; left > 0; left -= block.length) {
      yield left >= block.length ? block : block.subarray(0, left);
    }
  }
  const zip = new ZipWriter(sink, () => 0x01020304);
  await zip.record("big/data.pkl", 400, [new Uint8Array(400)]);
  const first = sink.written.length;
  await zip.record("big/data/0", size, payload());
  const written = sink.written.length;
  await zip.record("big/data/1", 4, [new Uint8Array(4)]);
  await zip.finish();

  // The bytes that PyTorch 1.13 wrote for the same sizes.
  assertEquals(
    hex(sink.written[first].subarray(26)),
    "0a003800" + hex(new TextEncoder().encode("big/data/0")) +
      "01001000" + "6400000001000000" + "0000000000000000" + "46422000" + "5a".repeat(32),
  );
  assertEquals(
    hex(sink.written[written - 1]),
    "504b0708" + "04030201" + "6400000001000000" + "6400000001000000",
  );
  const next = sink.written[written];
  assertEquals(hex(next.subarray(28, 30)), "1c00");
  assertEquals(hex(next.subarray(40, 52)), "01000800" + "bc02000001000000");
  assertEquals(sink.written[written + 2].length, 24);
  const entry = sink.written[written + 4];
  assertEquals(hex(entry.subarray(20, 28)), "ffffffffffffffff");
  assertEquals(hex(entry.subarray(56)), "01001000" + "6400000001000000".repeat(2));
});
