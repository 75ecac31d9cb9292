import { assertEquals, assertThrows } from "@std/assert";
import { encodeFrame, type Frame, FrameError, FrameReader } from "./frames.ts";

const FRAMES: readonly Frame[] = [
  { head: { id: 1, op: "hello" }, bin: [] },
  { head: { id: 2, text: "ä\n€" }, bin: [Uint8Array.of(10, 10, 0, 255), new Uint8Array(0)] },
  { head: { id: 3 }, bin: [new Uint8Array(0)] },
  { head: { id: 4 }, bin: [Uint8Array.from({ length: 300 }, (_, i) => i & 255)] },
];

function allBytes(): Uint8Array {
  return Uint8Array.from(FRAMES.flatMap((frame) => [...encodeFrame(frame)]));
}

Deno.test("FrameReader finds the same frames wherever the bytes are split", () => {
  const bytes = allBytes();
  for (let at = 0; at <= bytes.length; at++) {
    const reader = new FrameReader();
    const found = [...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at))];
    assertEquals(found, FRAMES);
  }
});

Deno.test("FrameReader finds frames in single bytes", () => {
  const reader = new FrameReader();
  assertEquals([...allBytes()].flatMap((byte) => reader.push(Uint8Array.of(byte))), FRAMES);
});

Deno.test("FrameReader gives byte strings that can be seen as elements of any size", () => {
  const [{ bin }] = new FrameReader().push(
    encodeFrame({ head: {}, bin: [Uint8Array.of(1), new Uint8Array(Float64Array.of(0.5).buffer)] }),
  );
  assertEquals([...new Float64Array(bin[1].buffer)], [0.5]);
});

Deno.test("FrameReader refuses what is no frame", () => {
  const lines = ["no JSON", "[1]", "null", '{"bin":[-1]}', '{"bin":[1.5]}', '{"bin":3}'];
  for (const line of lines) {
    const bytes = new TextEncoder().encode(`${line}\n`);
    assertThrows(() => new FrameReader().push(bytes), FrameError);
  }
  assertThrows(() => new FrameReader().push(Uint8Array.of(0xff, 10)), FrameError);
});
