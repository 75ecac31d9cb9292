import { assert, assertEquals, assertRejects } from "@std/assert";
import { Refutation } from "../law.ts";
import { Server, ServerError } from "./server.ts";

/** A server that answers with the operation's name, and is told by it to misbehave. */
const SCRIPT = `
const answer = (body, ...bytes) => {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(body) + "\\n"));
  for (const each of bytes) Deno.stdout.writeSync(each);
};
let text = "";
for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (text + piece).split("\\n");
  text = lines.pop();
  for (const { id, op } of lines.map((line) => JSON.parse(line))) {
    if (op === "throw") answer({ id, err: { type: "Oops", message: "no\\nmore", at: "x:1" } });
    else if (op === "unknown") answer({ id, err: { type: "unsupported", message: "no" } });
    else if (op === "bytes") answer({ id, ok: {}, bin: [3] }, new Uint8Array([1, 10, 3]));
    else if (op === "garbage") console.log("hello");
    else if (op === "other") answer({ id: id + 1, ok: {} });
    else if (op === "end") Deno.exit(7);
    else if (op !== "hang") answer({ id, ok: { op } });
  }
}
`;

function server(milliseconds?: number): Server {
  const url = `data:application/javascript,${encodeURIComponent(SCRIPT)}`;
  const command = [Deno.execPath(), "run", "--quiet", "--no-config", url];
  return new Server({ command, milliseconds });
}

Deno.test("Server matches answers to requests, many at once", async () => {
  const running = server();
  running.ready();
  const answers = await Promise.all(["a", "b", "c"].map((op) => running.call(op)));
  assertEquals(answers.map(({ ok }) => ok.op), ["a", "b", "c"]);
  assertEquals([...(await running.call("bytes")).bin[0]], [1, 10, 3]);
  await running.close();
});

Deno.test("call() makes what was thrown a refutation of totality, and unsupported an error", async () => {
  const running = server();
  running.ready();
  const { kind, what, actual, where } = await assertRejects(
    () => running.call("throw", {}, "forward"),
    Refutation,
  );
  assertEquals([kind, what, actual, where], ["totality", "forward threw", "Oops: no", "x:1"]);
  await assertRejects(() => running.call("unknown"), ServerError, `answered "unknown"`);
  assertEquals((await running.call("alive")).ok.op, "alive");
  await running.close();
});

for (
  const [op, why] of [
    ["end", "ended with exit code 7"],
    ["garbage", "broke the protocol"],
    ["other", "broke the protocol"],
  ]
) {
  Deno.test(`a server that answers "${op}" wrongly is an error, and starts again`, async () => {
    const running = server();
    running.ready();
    await assertRejects(() => running.call(op), ServerError, why);
    await assertRejects(() => running.call("after"), ServerError, why);
    running.ready();
    assertEquals((await running.call("again")).ok.op, "again");
    await running.close();
  });
}

Deno.test("a server that does not answer is an error, and is ended", async () => {
  const running = server(100);
  running.ready();
  const why = `did not answer "hang" within 0.1 s`;
  await assertRejects(() => running.call("hang"), ServerError, why);
  await running.close();
});

Deno.test("ready() says which program can't be started", () => {
  const missing = new Server({ command: ["/no/such/program"] });
  let error: unknown;
  try {
    missing.ready();
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof ServerError);
  assertEquals(error.message.split(":")[0], "/no/such/program can't be started");
});

Deno.test("a program that only waits for its server ends, and the server with it", async () => {
  const program = `
import { Server } from ${JSON.stringify(import.meta.resolve("./server.ts"))};
const running = new Server({ command: ["cat"] });
running.ready();
`;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `data:application/typescript,${encodeURIComponent(program)}`],
  }).output();
  assertEquals(code, 0);
});
