import { assertEquals } from "@std/assert";
import { tensor } from "../mod.ts";
import { elements } from "../testdata/elements.ts";
import { forDevices } from "../testdata/devices.ts";

forDevices("maskedFill() keeps every bit of the integers it does not fill", async (device) => {
  const x = tensor([2n ** 53n + 1n, 7n], { device });
  const mask = tensor([false, true], { device });
  assertEquals(await elements(x.maskedFill(mask, 2.5)), [2n ** 53n + 1n, 2n]);
  const value = tensor(3.75, { device });
  assertEquals(await elements(x.maskedFill(mask, value)), [2n ** 53n + 1n, 3n]);
  const flags = tensor([true, false], { device });
  assertEquals(await flags.maskedFill(mask, 1).tolist(), [true, true]);
  assertEquals(flags.maskedFill(mask, 1).dtype, "bool");
});

forDevices("lerp() meets both ends exactly", async (device) => {
  const a = tensor([0.1, -1e8, 3], { device }), b = tensor([0.7, 1, 1e-8], { device });
  for (const ends of [[0, 1], [tensor(0, { device }), tensor(1, { device })]] as const) {
    assertEquals(await a.lerp(b, ends[0]).tolist(), await a.tolist());
    assertEquals(await a.lerp(b, ends[1]).tolist(), await b.tolist());
  }
});
