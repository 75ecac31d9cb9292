import { assertEquals, assertThrows } from "@std/assert";
import { AutogradError, DTypeError, fullLike, ones, tensor } from "../mod.ts";
import { forDevices } from "../testdata/devices.ts";
import { elements } from "../testdata/elements.ts";

forDevices("nextafter() walks through every float16 in order, and back", async (device) => {
  const all = Float16Array.from(
    { length: 2 * 0x7c00 + 1 },
    (_, i) => i < 0x7c00 ? -fromBits(0x7c00 - i) : fromBits(i - 0x7c00),
  );
  const x = tensor(all, { device });
  for (const [target, step] of [[Infinity, 1], [-Infinity, -1]]) {
    const next = await elements(x.nextafter(fullLike(x, target)));
    const wrong = next.findIndex((y, i) => y !== (all[i + step] ?? target));
    assertEquals(wrong, -1, `after ${all[wrong]} comes ${next[wrong]}`);
  }
});

function fromBits(bits: number): number {
  return new Float16Array(Uint16Array.of(bits).buffer)[0];
}

Deno.test("nextafter() is of float tensors, and has no derivative", () => {
  assertThrows(
    () => ones([1]).nextafter(2 as unknown as ReturnType<typeof ones>),
    DTypeError,
    "expected a tensor, got number",
  );
  const int = tensor([1n]);
  assertThrows(() => int.nextafter(int), DTypeError, "expected floats, got int64");
  const x = ones([1], { requiresGrad: true });
  assertThrows(() => x.nextafter(x).backward(), AutogradError, "nextafter");
});
