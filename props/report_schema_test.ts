import { Ajv2020 } from "npm:ajv@^8/dist/2020.js";
import { assert, assertEquals } from "@std/assert";
import schema from "./report.schema.json" with { type: "json" };
import { toNdjson } from "./gate/ndjson.ts";
import { standing } from "./report/verdicts.ts";
import { inFolder, judged, subject } from "./testdata/run_gate.ts";

const STATE = "registration/no-unregistered-state";
const EVAL = "mode/eval-deterministic";

Deno.test("report.schema.json describes every line of a report, and no other", async () => {
  await inFolder(async (folder) => {
    const bad = { subject: "Bad", reason: "a list of layers", when: { device: "cpu" } };
    const expectations = [{ ...bad, law: STATE, link: "https://example.com/12" }, {
      ...bad,
      law: EVAL,
    }];
    await Deno.writeTextFile(`${folder}/expect.json`, JSON.stringify(expectations));
    const { report } = await judged(
      ...["keeps_state", "stays", "hangs"].map(subject),
      ...[STATE, EVAL, "device/moves-all-registered", "position/row-zero"].map((id) =>
        `--law=${id}`
      ),
      "--seconds=1",
      "--shard=1/1",
      `--expect=${folder}/expect.json`,
    );
    assertEquals(
      [...new Set(report.results.map(standing))].sort(),
      ["expected", "held", "not-applicable", "refuted", "unknown"],
    );
    assertEquals([report.stale.length, report.shard], [1, { index: 1, of: 1 }]);
    const validate = new Ajv2020({ allErrors: true }).compile(schema);
    const fits = (line: unknown): boolean => validate(line);
    const lines: Record<string, unknown>[] = toNdjson(report).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    for (const line of lines) {
      assert(fits(line), `${JSON.stringify(validate.errors)} in ${JSON.stringify(line)}`);
      assert(!fits({ ...line, kind: "other" }));
      assert(!fits({ ...line, more: 1 }));
      const { ms: _ms, laws: _laws, ...less } = line;
      assert(!fits(less));
    }
  });
});
