/**
 * A program that judges a refuted case again.
 *
 * @module
 */
import type { Result, SubjectInfo } from "../results.ts";

/**
 * A few lines of TypeScript that load a subject and judge the refuted case.
 *
 * @param result What was refuted.
 * @param info Where the subject stands.
 * @returns The program, or null where it is not known which file exports the subject.
 */
export function snippet(
  { law, subject, device, partner, refutation }: Result,
  { file }: SubjectInfo,
): string | null {
  if (file === undefined || refutation === undefined) return null;
  // Alone, a subject has no file's name added to its own.
  const added = ` (${file.split("/").at(-1)})`;
  const name = subject.endsWith(added) ? subject.slice(0, -added.length) : subject;
  const text = (value: unknown) => JSON.stringify(value);
  return `import { allLaws, judge, loadSubjects } from ${
    text(new URL("../mod.ts", import.meta.url).href)
  };
const law = allLaws.find(({ id }) => id === ${text(law)})!;
const subjects = await loadSubjects([${text(file)}]);
const subject = subjects.find(({ name }) => name === ${text(name)})!;
const options = { device: ${text(device)}, ${
    partner === undefined ? "" : `partner: ${text(partner)}, `
  }case: ${text(refutation.case)} } as const;
console.log((await judge(law, subject, options)).refutation);
`;
}
