/**
 * What the laws say of other libraries, for `docs/laws.md`.
 */
import { openDevice } from "../core/mod.ts";
import { isAbout, meetExpectations, parseExpectations } from "../props/gate/expectations.ts";
import type { Law } from "../props/law.ts";
import { loadSubjects, SubjectFileError } from "../props/load_subjects.ts";
import type { Expectation, Result } from "../props/results.ts";
import { judge } from "../props/runner.ts";

/** A library that is judged. */
export interface JudgedLibrary {
  /** Its name, as its version's begins. */
  readonly name: string;
  /** The file of its subjects, from the root. */
  readonly subjects: string;
  /** The file of what is known to be refuted, from the root. */
  readonly expected: string;
}

/** Every library that is judged. */
export const LIBRARIES: readonly JudgedLibrary[] = [
  {
    name: "PyTorch",
    subjects: "examples/pytorch/subjects.ts",
    expected: "examples/pytorch/expected.json",
  },
  {
    name: "TensorFlow.js",
    subjects: "examples/tensorflow/subjects.ts",
    expected: "examples/tensorflow/expected.json",
  },
];

/** What came of judging a library. */
export interface LibraryResults {
  /** Its name and version. */
  readonly title: string;
  /** Its subjects' names. */
  readonly subjects: readonly string[];
  /** The results, with what was expected. */
  readonly results: readonly Result[];
  /** What is expected and no longer comes. */
  readonly stale: readonly string[];
}

/** The laws that can judge what is no module of this package. */
export function portable(laws: readonly Law[]): Law[] {
  return laws.filter(({ needs }) => needs.includes("instance"));
}

/**
 * Judges a library on the CPU.
 *
 * @param library The library.
 * @param laws The laws.
 * @returns What came of it, or why it can't be judged here: it is not installed.
 */
export async function judgeLibrary(
  library: JudgedLibrary,
  laws: readonly Law[],
): Promise<LibraryResults | string> {
  const root = new URL("../", import.meta.url);
  const found = await loadSubjects([new URL(library.subjects, root).href])
    .catch((error: unknown) => {
      if (error instanceof SubjectFileError) return error.message;
      throw error;
    });
  if (typeof found === "string") return found;
  await openDevice("cpu");
  const text = await Deno.readTextFile(new URL(library.expected, root));
  const expectations = parseExpectations(text, library.expected);
  const results: Result[] = [];
  for (const { id, ...law } of portable(laws)) {
    for (const subject of found) {
      const known = expectations.filter((each) =>
        isAbout(each, { law: id, subject: subject.name, device: "cpu" })
      );
      const examples = known.flatMap((each) => each.case === undefined ? [] : [each.case]);
      results.push(await judge({ id, ...law }, subject, { examples }));
    }
  }
  const units = results.map((each) => ({ ...each, file: library.subjects }));
  const today = new Date().toISOString().slice(0, 10);
  const { results: marked, stale } = meetExpectations(results, expectations, units, today);
  return {
    title: found[0].elsewhere!.library,
    subjects: found.map(({ name }) => name),
    results: marked,
    stale: stale.map(({ expectation: { law, subject }, why }) => `${law} of ${subject}: ${why}`),
  };
}

/** What is wrong with the results: unexpected refutations, unknowns and stale expectations. */
export function surprises({ title, results, stale }: LibraryResults): string[] {
  const wrong = results.filter(({ verdict, expectation }) =>
    verdict === "unknown" || (verdict === "refuted" && expectation === undefined)
  );
  return [
    ...wrong.map(({ law, subject, verdict, reason, refutation }) =>
      `${title}: ${law} is ${verdict} for ${subject}: ${reason ?? refutation?.what}`
    ),
    ...stale.map((each) => `${title}: ${each}`),
  ];
}

/** The section of a library: a row for each law. */
export function librarySection({ title, subjects, results }: LibraryResults): string {
  const lines = [
    `### ${title}`,
    "",
    `Judged: ${subjects.join("; ")}.`,
    "",
    "| law | held | cases | refuted, as expected | does not apply |",
    "| --- | --- | --- | --- | --- |",
  ];
  for (const [law, of] of Map.groupBy(results, (each) => each.law)) {
    const having = (verdict: Result["verdict"]) => of.filter((each) => each.verdict === verdict);
    const held = having("held").length;
    const refuted = [...Map.groupBy(having("refuted"), ({ expectation }) => reasonOf(expectation))]
      .map(([reason, each]) => `${each.length} of ${of.length}: ${reason}`);
    const lacking = new Set(having("not-applicable").map(({ lacks }) => `no ${lacks}`));
    const cells = [
      law,
      held === 0 ? "" : String(held),
      String(of.reduce((sum, { runs }) => sum + runs, 0)),
      refuted.join("; "),
      [...lacking].join(", "),
    ];
    lines.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
  }
  return lines.join("\n") + "\n";
}

function reasonOf(expectation: Expectation | undefined): string {
  if (expectation === undefined) return "not expected";
  const { reason, link } = expectation;
  return `${reason}${link === undefined ? "" : ` ([source](${link}))`}`;
}

const HEADING = "## Other libraries\n";

/**
 * The page with the sections of libraries at its end.
 *
 * @param page The page; what it says of libraries is replaced.
 * @param former The page as it was, for libraries that were not judged this time.
 * @param sections What is said of those that were, by the library's name.
 * @param laws The laws.
 * @returns The page.
 */
export function withLibraries(
  page: string,
  former: string,
  sections: ReadonlyMap<string, string>,
  laws: readonly Law[],
): string {
  const [own] = page.split(`\n${HEADING}`);
  const before = former.split(`\n${HEADING}`)[1] ?? "";
  const all = LIBRARIES.map(({ name }) =>
    sections.get(name) ??
      before.match(new RegExp(`^### ${name} [^]*?(?=\n### |$(?![^]))`, "m"))?.[0] ?? ""
  );
  const about = `${portable(laws).length} of the laws need no more than an instance ` +
    "([protocol.md](protocol.md)); here is what they say of modules of other libraries. What is refuted " +
    "is expected, with its reason: it is documented there, or was reported.\n";
  const text = all.filter((each) => each !== "").map((each) => each.trimEnd() + "\n");
  return [own.trimEnd() + "\n", HEADING, about, ...text].join("\n");
}
