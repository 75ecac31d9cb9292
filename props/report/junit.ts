/**
 * A report as JUnit XML, which most CI systems read.
 *
 * @module
 */
import { painter } from "../paint.ts";
import type { Report, Result, SubjectInfo } from "../results.ts";
import { refutationLines } from "./refutation.ts";
import { lawOf, pathOf, standing } from "./verdicts.ts";

/** The most characters of one message: readers refuse or cut longer ones. */
const LONGEST = 60_000;

/**
 * A report as JUnit XML: a suite for each subject, a test case for each law and device. A refutation is a
 * `failure`, an unknown verdict an `error`, and a law that says nothing of the subject `skipped`. A
 * refutation that was expected passes, and says so in its `system-out`.
 *
 * @param report The report.
 * @returns The file's text.
 */
export function junit(report: Report): string {
  const suites = report.subjects.map((info) => suite(report, info)).join("");
  const stale = report.stale.map(({ expectation: { law, subject }, why }, i) =>
    `    <testcase name="${xml(`${i + 1}. ${law} ${subject}`)}" classname="touchstone.expectations">
      <failure message="${xml(why)}" type="stale"/>
    </testcase>\n`
  );
  const absent = report.absent.filter(({ required }) => required).map(({ name, reason }) =>
    `    <testcase name="${name}" classname="touchstone.devices">
      <error message="${xml(reason)}" type="absent"/>
    </testcase>\n`
  );
  const { held, expected, refuted, unknown, notApplicable } = report.counts;
  const all = counts(
    held + expected + refuted + unknown + notApplicable + stale.length + absent.length,
    refuted + stale.length,
    unknown + absent.length,
    notApplicable,
  );
  const extra = stale.length + absent.length === 0
    ? ""
    : `  <testsuite name="gate" ${
      counts(stale.length + absent.length, stale.length, absent.length, 0)
    } time="0">\n${stale.join("")}${absent.join("")}  </testsuite>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="touchstone" ${all} time="${seconds(report.ms)}">
${suites}${extra}</testsuites>
`;
}

function suite(report: Report, info: SubjectInfo): string {
  const own = report.results.filter(({ subject }) => subject === info.name);
  const of = (verdict: string) => own.filter((result) => standing(result) === verdict).length;
  const time = seconds(own.reduce((total, { ms }) => total + ms, 0));
  const numbers = counts(own.length, of("refuted"), of("unknown"), of("not-applicable"));
  return `  <testsuite name="${xml(info.name)}" ${numbers} time="${time}">
${own.map((result) => testCase(report, info, result)).join("")}  </testsuite>
`;
}

function testCase(report: Report, info: SubjectInfo, result: Result): string {
  const { law, subject, device, seed, refutation } = result;
  const found = refutation?.case ?? result.case;
  const place = info.file === undefined
    ? ""
    : ` file="${xml(pathOf(info.file))}" line="${info.line ?? 1}"`;
  const name = `${law}/${subject}@${device}`;
  const classname = `touchstone.${law.replaceAll("/", ".")}`;
  const time = seconds(result.ms);
  return `    <testcase name="${xml(name)}" classname="${classname}" time="${time}"${place}>
      <properties>
        <property name="seed" value="${seed}"/>
${
    found === undefined
      ? ""
      : `        <property name="case" value="${xml(JSON.stringify(found))}"/>\n`
  }      </properties>
${outcome(report, info, result)}    </testcase>
`;
}

function outcome(report: Report, info: SubjectInfo, result: Result): string {
  const { law, refutation, reason = "", expectation } = result;
  switch (standing(result)) {
    case "refuted": {
      const style = { width: 100, paint: painter(false), command: "deno task conform" };
      const lines = refutationLines(lawOf(report, law), result, info, style);
      const { what, where, kind } = refutation!;
      return `      <failure message="${xml(`${what} at ${where}`)}" type="${kind}">${
        xml(lines.join("\n"))
      }</failure>\n`;
    }
    case "unknown":
      return `      <error message="${xml(reason)}" type="unknown"/>\n`;
    case "not-applicable":
      return `      <skipped message="${xml(reason)}"/>\n`;
    case "expected":
      return `      <system-out>${
        xml(`refuted, as expected: ${expectation!.reason}`)
      }</system-out>\n`;
    case "held":
      return "";
  }
}

function counts(tests: number, failures: number, errors: number, skipped: number): string {
  return `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Text without what XML 1.0 can't hold, cut where it is too long, and escaped. */
function xml(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is to go
  const clean = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/g, "").toWellFormed();
  const short = clean.length > LONGEST ? `${clean.slice(0, LONGEST)} ... (cut)` : clean;
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return short.toWellFormed().replace(/[&<>"]/g, (char) => names[char]);
}
