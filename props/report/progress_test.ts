import { assert, assertEquals } from "@std/assert";
import { painter } from "../paint.ts";
import { progressBar, progressLine, showProgress, timeLeft } from "./progress.ts";

const plain = painter(false);

Deno.test("timeLeft() takes the rest to go as what is done, and says nothing before", () => {
  assertEquals(timeLeft({ done: 0, all: 10, ms: 500 }), "");
  assertEquals(timeLeft({ done: 5, all: 10, ms: 2000 }), "2 s left");
  assertEquals(timeLeft({ done: 1, all: 10, ms: 10_000 }), "1 min 30 s left");
  assertEquals(timeLeft({ done: 10, all: 10, ms: 10_000 }), "0 s left");
});

Deno.test("progressBar() has a bar, a share, the time left and what is being judged", () => {
  assertEquals(
    progressBar({ done: 5, all: 20, ms: 1000 }, "save/identity Linear on cpu", 80, plain),
    "━━━━━───────────────  25 % 3 s left  save/identity Linear on cpu",
  );
});

Deno.test("progressBar() keeps to the width by cutting what is being judged", () => {
  for (const width of [40, 60, 100]) {
    const line = progressBar({ done: 99, all: 100, ms: 1e6 }, "x".repeat(200), width, plain);
    assertEquals(line.length, width);
  }
});

Deno.test("progressLine() says how much is done", () => {
  assertEquals(progressLine({ done: 30, all: 120, ms: 2000 }), " 25 %: 30 of 120, 6 s left");
  assertEquals(progressLine({ done: 0, all: 120, ms: 0 }), "  0 %: 0 of 120");
});

/** What is written when each of so many results takes so long. */
function written(terminal: boolean, all: number, each: number): string {
  let text = "", time = 0;
  const { show, clear } = showProgress({
    terminal,
    colours: false,
    width: 60,
    write: (more) => text += more,
    now: () => time,
  });
  for (let done = 0; done < all; done++, time += each) show(done, all, `law ${done}`);
  clear();
  return text;
}

Deno.test("showProgress() writes a line for each tenth where nobody watches", () => {
  const lines = written(false, 200, 500).trimEnd().split("\n");
  assertEquals(lines.map((line) => line.slice(0, 5)), [
    " 10 %",
    " 20 %",
    " 30 %",
    " 40 %",
    " 50 %",
    " 60 %",
    " 70 %",
    " 80 %",
    " 90 %",
  ]);
  assert(lines.every((line) => !line.includes("\x1b")));
});

Deno.test("showProgress() writes nothing of a run that is over at once where nobody watches", () => {
  assertEquals(written(false, 200, 20), "");
});

Deno.test("showProgress() writes over its bar on a terminal, and takes it away in the end", () => {
  const bars = written(true, 10, 100).split("\r\x1b[K");
  assertEquals(bars.length, 12);
  assert(bars.slice(1, -1).every((bar, i) => bar.endsWith(`law ${i}`) && !bar.includes("\n")));
  assertEquals(bars.at(-1), "");
  assertEquals(written(true, 100, 1).split("\r\x1b[K").length, 4);
});
