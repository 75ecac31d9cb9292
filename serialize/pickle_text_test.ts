import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodeInteger,
  decodeLatin1,
  decodeRawUnicode,
  decodeUtf8,
  encodeInteger,
  encodeUtf8,
  parseDecimal,
  parseFloat64,
  parseQuoted,
} from "./pickle_text.ts";

Deno.test("decodeUtf8() gives back what encodeUtf8() was given, lone surrogates too", () => {
  const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => {
    return String.fromCharCode(...codes);
  });
  fc.assert(fc.property(text, (value) => assertEquals(decodeUtf8(encodeUtf8(value)), value)));
  assertEquals(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80, 0xff)), undefined);
  assertEquals(decodeUtf8(Uint8Array.of(0xc0, 0x80)), undefined);
});

Deno.test("decodeInteger() gives back what encodeInteger() was given, in the fewest bytes", () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 200n), 2n ** 200n), (value) => {
    const bytes = encodeInteger(value);
    assertEquals(BigInt(decodeInteger(bytes)), value);
    const fewer = 8 * (bytes.length - 1);
    if (bytes.length > 1) assertEquals(BigInt.asIntN(fewer, value) === value, false);
  }));
  assertEquals(encodeInteger(-128n).toHex(), "80");
  assertEquals(encodeInteger(128n).toHex(), "8000");
});

Deno.test("decodeLatin1() gives each byte its own character, 0x80 to 0x9F too", () => {
  const every = Uint8Array.from({ length: 10_000 }, (_, i) => i & 0xff);
  assertEquals([...decodeLatin1(every)].map((character) => character.charCodeAt(0)), [...every]);
});

Deno.test("decodeRawUnicode() takes an odd number of backslashes for an escape", () => {
  assertEquals(decodeRawUnicode("\\u0041"), "A");
  assertEquals(decodeRawUnicode("\\\\u0041"), "\\\\u0041");
  assertEquals(decodeRawUnicode("\\\\\\u0041"), "\\\\A");
  assertEquals(decodeRawUnicode("\\n \\u12"), "\\n \\u12");
  assertEquals(decodeRawUnicode("\\U00110000"), undefined);
});

Deno.test("parseDecimal(), parseFloat64() and parseQuoted() take Python's spellings only", () => {
  assertEquals(parseDecimal("-42L"), -42);
  assertEquals(parseDecimal("+9007199254740993"), 9007199254740993n);
  for (const bad of ["", "-", "1.5", "0x10", "1_000"]) assertEquals(parseDecimal(bad), undefined);
  assertEquals(parseFloat64("-1e+300"), -1e300);
  for (const bad of ["", "Infinity", "0x1", "."]) assertEquals(parseFloat64(bad), undefined);
  assertEquals(parseQuoted("'\\x00\\\\\\''"), "\0\\'");
  for (const bad of ["", "'", "'a\"", "a"]) assertEquals(parseQuoted(bad), undefined);
});
