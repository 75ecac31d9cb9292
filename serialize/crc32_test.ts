import { assertEquals } from "@std/assert";
import { hostCrc32, portableCrc32 } from "./crc32.ts";

Deno.test("portableCrc32() gives the check value of the CRC catalogue", () => {
  assertEquals(portableCrc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assertEquals(portableCrc32(new Uint8Array(0)), 0);
});

Deno.test("portableCrc32() agrees with hostCrc32() at every length and split", async () => {
  const host = await hostCrc32();
  const bytes = Uint8Array.from({ length: 70 }, (_, i) => (i * i * 31 + 7) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    const whole = bytes.subarray(0, length);
    const split = length >> 1;
    const parts = portableCrc32(whole.subarray(split), portableCrc32(whole.subarray(0, split)));
    assertEquals(parts, host(whole));
    assertEquals(host(whole.subarray(split), host(whole.subarray(0, split))), host(whole));
  }
});
