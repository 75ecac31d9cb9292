/**
 * The folders of cases that were refuted once: they are judged first in every later run.
 *
 * @module
 */
import { fileUrl } from "../file_url.ts";
import type { CliOptions } from "../cli_options.ts";
import { allLaws } from "../laws/mod.ts";
import type { FoundSubject } from "../load_subjects.ts";
import { pathOf } from "../report/verdicts.ts";
import type { Report } from "../results.ts";
import { type CaseFile, caseOf, readCases, regressionsOf, writeCase } from "./case_file.ts";
import { VERSION } from "./version.ts";

/** What of the command line says where the cases are. */
type Where = Pick<CliOptions, "regressions">;

function folderOf({ regressions }: Where, file: string): URL | null {
  if (regressions === undefined) return regressionsOf(file);
  return fileUrl(`${regressions.replace(/\/$/, "")}/`);
}

/**
 * The cases to judge first; one of another version of its law means nothing to this one.
 *
 * @param where Where they are, if not beside the files.
 * @param found The subjects, with their files.
 * @returns The cases.
 * @throws {CaseFileError} If a file of a folder holds no case.
 */
export async function readRegressions(
  where: Where,
  found: readonly FoundSubject[],
): Promise<CaseFile[]> {
  const folders = new Set(
    found.map(({ file }) => folderOf(where, file)?.href).filter((folder) => folder !== undefined),
  );
  const all = await Promise.all([...folders].map((folder) => readCases(new URL(folder))));
  return all.flat().filter(({ law, lawVersion }) =>
    allLaws.some(({ id, version }) => id === law && version === lawVersion)
  );
}

/**
 * Writes every case that was refuted, or that the subject did not survive.
 *
 * @param report What was judged.
 * @param where Where to write, if not beside the files.
 * @param files The file of each subject.
 * @param builtin The file of this package's own subjects, which a case does not name.
 */
export async function record(
  report: Report,
  where: Where,
  files: ReadonlyMap<string, string>,
  builtin: string,
): Promise<void> {
  for (const result of report.results) {
    const testCase = caseOf(result);
    const file = files.get(result.subject)!;
    const folder = folderOf(where, file);
    if (testCase === null || folder === null) continue;
    const { law, subject, device, partner } = result;
    await writeCase(folder, {
      schema: 1,
      law,
      lawVersion: report.laws.find(({ id }) => id === law)!.version,
      subject,
      ...(file === builtin ? {} : { file: pathOf(file) }),
      device,
      ...(partner === undefined ? {} : { partner }),
      seed: report.seed,
      case: testCase,
      touchstone: VERSION,
    });
  }
}
