import { assertEquals } from "@std/assert";
import { decode, encode, linesOf, type Message } from "./protocol.ts";

Deno.test("decode() gives what encode() was given, and null for what is the subject's own", () => {
  const messages: Message[] = [
    { kind: "subjects", names: ["A"] },
    { kind: "broken", why: "no" },
    { kind: "case", json: '{"seed":3}' },
    { kind: "partner", device: "webgpu" },
  ];
  for (const message of messages) {
    assertEquals(decode("n0", encode("n0", message).trim()), message);
    assertEquals(decode("n1", encode("n0", message).trim()), null);
  }
});

Deno.test("linesOf() joins lines that come in pieces, within a letter too", async () => {
  const bytes = new TextEncoder().encode("one\ntwö\nthree");
  const pieces = [bytes.slice(0, 2), bytes.slice(2, 7), bytes.slice(7)];
  assertEquals(await Array.fromAsync(linesOf(ReadableStream.from(pieces))), [
    "one",
    "twö",
    "three",
  ]);
});
