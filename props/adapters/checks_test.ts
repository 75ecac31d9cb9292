import { assert, assertEquals, assertRejects } from "@std/assert";
import { Refutation } from "../law.ts";
import { Server, ServerError } from "./server.ts";
import { CHECKS, checkServer, type Samples } from "./checks.ts";

const SAMPLES: Samples = {
  spec: "Linear",
  args: [{ tensor: [3, 5], dtype: "float32", fill: "normal", seed: 1 }],
  prints: "Prints",
};

function server(fault: string): Server {
  const path = new URL("testdata/server.ts", import.meta.url).href;
  return new Server({
    command: [Deno.execPath(), "run", "-A", "--no-check", "--quiet", path, fault],
  });
}

/** What came of each check of a server without a fault. */
async function verdicts(samples: Samples): Promise<Record<string, string>> {
  const running = server("none");
  const found: Record<string, string> = {};
  for await (const { check, verdict, why } of checkServer(running, samples)) {
    found[check.id] = verdict === "failed" ? `failed: ${why}` : verdict;
  }
  await running.close();
  return found;
}

Deno.test("checkServer() passes a server that does everything", async () => {
  const passed = Object.fromEntries(CHECKS.map(({ id }) => [id, "passed"]));
  assertEquals(await verdicts(SAMPLES), passed);
});

Deno.test("checkServer() skips what it has no sample for", async () => {
  const found = await verdicts({});
  for (const { id, needs } of CHECKS) {
    assertEquals(found[id], needs.length === 0 ? "passed" : "skipped", id);
  }
});

for (const { id, run } of CHECKS) {
  Deno.test(`the check "${id}" fails a server that does it wrongly`, async () => {
    const running = server(id);
    const error = await assertRejects(() => run(running, SAMPLES));
    assert(error instanceof Refutation || error instanceof ServerError, String(error));
    assert(!error.message.includes("was not started"), error.message);
    await running.close();
  });
}
