import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../core/mod.ts";
import { type LoadSource, openSource } from "./source.ts";

const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
const golden = new URL("testdata/golden_g.pt", import.meta.url);

async function check(given: LoadSource, expected: Uint8Array): Promise<void> {
  const source = await openSource(given);
  try {
    assertEquals(source.size, expected.length);
    assertEquals(await source.read(0, source.size), expected);
    assertEquals([...await source.read(7, 5)], [...expected.subarray(7, 12)]);
    assertEquals((await source.read(source.size, 0)).length, 0);
    for (const [offset, length] of [[source.size, 1], [0, source.size + 1], [-1, 1], [NaN, 1]]) {
      await assertRejects(() => source.read(offset, length), CheckpointError, "truncated");
    }
  } finally {
    source.close();
  }
}

Deno.test("openSource() reads bytes, Blobs, Responses and streams alike", async () => {
  await check(bytes, bytes);
  await check(bytes.buffer, bytes);
  await check(bytes.subarray(20, 60), bytes.subarray(20, 60));
  await check(new Blob([bytes]), bytes);
  await check(new Response(bytes), bytes);
  await check(ReadableStream.from([bytes.subarray(0, 9), bytes.subarray(9)]), bytes);
});

Deno.test("openSource() reads a path, a file: URL and its text", async () => {
  const expected = await Deno.readFile(golden);
  await check(golden, expected);
  await check(golden.href, expected);
  await check(decodeURIComponent(golden.pathname), expected);
});

Deno.test("openSource() fetches http: URLs and names a failing status", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    return new URL(request.url).pathname === "/good"
      ? new Response(bytes)
      : new Response("gone", { status: 404, statusText: "Not Found" });
  });
  try {
    const base = `http://127.0.0.1:${server.addr.port}`;
    await check(`${base}/good`, bytes);
    await check(new URL(`${base}/good`), bytes);
    await assertRejects(() => openSource(`${base}/bad`), CheckpointError, "404 Not Found");
  } finally {
    await server.shutdown();
  }
});

Deno.test("openSource() leaves a missing file to the host's own error", async () => {
  await assertRejects(() => openSource("/nowhere/at/all.pt"), Deno.errors.NotFound);
  await assertRejects(() => openSource(new URL(".", import.meta.url)), CheckpointError, "folder");
  await assertRejects(() => openSource(7 as unknown as LoadSource), TypeError, "[object Number]");
});
