import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OutOfMemoryError } from "../errors.ts";
import { memoryUse } from "../stats.ts";
import { Allocator } from "./memory.ts";
import { cpu } from "./testdata/oracle.ts";

/** An allocator over a range that grows without limit, or to a limit. */
function allocator(limit = Infinity): Allocator {
  return new Allocator(4096, (end) => end > limit ? 0 : Math.ceil(end / 65536) * 65536);
}

Deno.test("Allocator gives aligned pieces that never overlap, with slack after each", () => {
  const step = fc.record({ give: fc.boolean(), size: fc.nat(5000), which: fc.nat() });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (script) => {
    const pieces = allocator();
    const held: { address: number; size: number }[] = [];
    for (const { give, size, which } of script) {
      if (give && held.length > 0) {
        const [piece] = held.splice(which % held.length, 1);
        pieces.give(piece.address);
      } else {
        const address = pieces.take(size);
        assertEquals(address % 64, 0);
        for (const other of held) {
          assert(
            address + size + 16 <= other.address || other.address + other.size + 16 <= address,
          );
        }
        held.push({ address, size });
      }
    }
    // Everything given back is one piece again.
    for (const { address } of held) pieces.give(address);
    const { end, free } = pieces.inspect();
    assertEquals(free, held.length > 0 || free.length > 0 ? [end - 4096] : []);
  }));
});

Deno.test("Allocator uses again what was given back", () => {
  const pieces = allocator();
  const first = pieces.take(1000);
  pieces.take(10);
  pieces.give(first);
  assertEquals(pieces.take(900), first);
});

Deno.test("Allocator says -1 when the range can't grow", () => {
  const pieces = allocator(65536);
  assertEquals(pieces.take(1e9), -1);
  assert(pieces.take(1000) > 0);
});

Deno.test("alloc() counts live and peak bytes and throws OutOfMemoryError with both numbers", () => {
  const before = memoryUse.cpu.live;
  const block = cpu.alloc(1000);
  assertEquals(memoryUse.cpu.live, before + 1000);
  assert(memoryUse.cpu.peak >= before + 1000);
  assertThrows(() => cpu.alloc(2 ** 33), OutOfMemoryError, "8,589,934,592 bytes");
  cpu.free(block);
  assertEquals(memoryUse.cpu.live, before);
});

Deno.test("Blocks keep their bytes when the memory grows", () => {
  const small = cpu.alloc(16);
  cpu.write(small, 0, Uint8Array.of(1, 2, 3));
  const big = cpu.alloc(80 << 20);
  cpu.write(big, big.nbytes - 4, Uint8Array.of(9, 9, 9, 9));
  assertEquals(cpu.readSync(small, 0, 3), Uint8Array.of(1, 2, 3));
  assertEquals(cpu.readSync(big, big.nbytes - 4, 4), Uint8Array.of(9, 9, 9, 9));
  cpu.free(big);
  cpu.free(small);
});
