import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { deviceInfo } from "../core/mod.ts";
import { Linear } from "../nn/mod.ts";
import { Context } from "./context.ts";
import { Refutation } from "./law.ts";
import { subject } from "./subject.ts";

const context = new Context(subject("Linear", () => new Linear(2, 2)), deviceInfo("cpu"));
const OURS = `    at matmul (${new URL("../core/ops.ts", import.meta.url)}:10:5)`;
const RUN =
  "    at async AsyncProperty.run (file:///deno/npm/host/fast-check/4.0.0/lib/run.js:1:2)";
const NATIVE = "    at Array.map (<anonymous>)";
const THEIRS = "    at new <anonymous> (file:///home/npm/model.ts:12:7)";

/** The place that is reported for an error with such a stack. */
function place(...lines: string[]): string {
  const error = new RangeError("no");
  error.stack = ["RangeError: no", ...lines].join("\n");
  const thrower = () => {
    throw error;
  };
  return assertThrows(() => context.call("forward", thrower), Refutation).where;
}

Deno.test("a refutation says which of the user's lines threw", () => {
  assertEquals(
    place(OURS, NATIVE, THEIRS, RUN),
    "new <anonymous> (file:///home/npm/model.ts:12:7)",
  );
});

Deno.test("a refutation says which of our lines threw where none is the user's", () => {
  const ours = OURS.trim().slice("at ".length);
  assertEquals(place(NATIVE, OURS, RUN), ours);
  assertEquals(place("    at node:internal/x:1:1", "    at ext:core/01.js:2:3", OURS, RUN), ours);
});

Deno.test("a refutation says that it knows no place where a stack has none to show", () => {
  assertEquals(place(), "an unknown place");
  assertEquals(place(RUN, NATIVE, "    at async Promise.all (index 0)"), "an unknown place");
});

Deno.test("a refutation says which line of a file threw that was imported", async () => {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(
      file,
      "export async function forward() {\n  await 0;\n  [1].map(() => { throw new Error('no'); });\n}",
    );
    const { forward } = await import(`file://${file}`);
    const { where, what, actual } = await assertRejects(
      () => context.wait("forward", forward),
      Refutation,
    );
    assertEquals([what, actual], ["forward threw", "Error: no"]);
    assertMatch(where, new RegExp(`file://${file}:3:`));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("what refutes a claim already is thrown on as it is", () => {
  const refutation = new Refutation({ what: "w", expected: "e", actual: "a", where: "x" });
  const thrower = () => {
    throw refutation;
  };
  assertEquals(assertThrows(() => context.call("forward", thrower), Refutation), refutation);
});
