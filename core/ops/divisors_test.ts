import { assertEquals, assertThrows } from "@std/assert";
import { DTypeError, tensor } from "../mod.ts";
import { forDevices } from "../testdata/devices.ts";
import { elements } from "../testdata/elements.ts";

forDevices(
  "gcd() takes the most steps for Fibonacci numbers, and knows the least integer",
  async (device) => {
    let [a, b] = [1n, 1n];
    while (a + b < 2n ** 63n) [a, b] = [b, a + b];
    const least = -(2n ** 63n);
    const x = tensor([a, b, least, least, 0n], { device });
    const y = tensor([b, a, 6n, 0n, 0n], { device });
    // The size of the least integer is itself, as abs() has it.
    assertEquals(await elements(x.gcd(y)), [1n, 1n, 2n, least, 0n]);
  },
);

Deno.test("gcd() and lcm() are of integers", () => {
  assertThrows(() => tensor([1.5]).gcd(2), DTypeError, "gcd: expected integers, got float32");
  assertThrows(() => tensor([true]).lcm(true), DTypeError, "lcm: expected integers, got bool");
  assertThrows(() => tensor([1n]).lcm(1.5), DTypeError, "lcm: expected integers, got float32");
});
