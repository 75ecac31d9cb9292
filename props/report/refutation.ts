/**
 * A refutation as text: what is claimed, what speaks against it, and how to see it again.
 *
 * @module
 */
import type { Law } from "../law.ts";
import { type Paint, painter, wrap } from "../paint.ts";
import type { Result, SubjectInfo } from "../results.ts";
import { snippet } from "./snippet.ts";
import { pathOf } from "./verdicts.ts";

/** How refutations are printed. */
export interface Style {
  /** Columns of the terminal. */
  readonly width: number;
  /** Colours, or none. */
  readonly paint: Paint;
  /** How the gate is called. */
  readonly command: string;
}

/** What a test fails with: the refutation, or why the verdict is unknown. */
export function refutationText(
  law: Pick<Law, "claim" | "source">,
  result: Result,
  command = "deno task conform",
): string {
  if (result.refutation === undefined) {
    return `${result.law}: ${result.subject} on ${result.device} is unknown: ${result.reason}`;
  }
  const style = { width: 100, paint: painter(false), command };
  return refutationLines(law, result, { name: result.subject }, style).join("\n");
}

/**
 * A refutation in at most 40 lines.
 *
 * @param law What is claimed.
 * @param result What was refuted.
 * @param info Where the subject stands.
 * @param style Width, colours and command.
 * @param devices On which devices, if on more than the result's own.
 */
export function refutationLines(
  { claim, source }: Pick<Law, "claim" | "source">,
  result: Result,
  info: SubjectInfo,
  { width, paint, command }: Style,
  devices: string = result.device,
): string[] {
  const { law, subject, refutation } = result;
  const found = refutation!;
  const lines = [`${paint.red("✗")} ${paint.bold(law)}  ${subject} on ${devices}`];
  const label = (name: string) => `    ${paint.dim(name.padEnd(9))} `;
  const field = (name: string, text: string, colour = (line: string) => line) => {
    const room = Math.max(30, width - 14);
    const [first, ...rest] = text.split("\n").flatMap((line) => wrap(line, room)).slice(0, 4);
    lines.push(label(name) + colour(first));
    for (const line of rest) lines.push(`${" ".repeat(14)}${colour(line)}`);
  };
  field("claim", claim);
  if (info.file !== undefined) {
    lines.push(label("in") + paint.bold(`${pathOf(info.file)}:${info.line ?? 1}`));
  }
  field("but", found.what, paint.red);
  field("at", found.where, paint.bold);
  field("expected", found.expected, paint.green);
  field("actual", found.actual, paint.red);
  const smaller = found.shrinks > 0 ? `, made smaller ${times(found.shrinks)}` : "";
  field("found", `in case ${found.found}${smaller}`);
  if (found.nondeterministic) {
    const mark = "nondeterministic: the same case, judged again, had another outcome";
    field("mark", mark, paint.yellow);
  }
  lines.push(label("case") + JSON.stringify(found.case));
  field("source", source, paint.cyan);
  lines.push(label("replay") + replayCommand(result, command));
  const code = snippet(result, info);
  if (code !== null) {
    lines.push(label("or run").trimEnd());
    for (const line of code.trimEnd().split("\n")) lines.push(`      ${paint.dim(line)}`);
  }
  return lines;
}

/** The command that judges the case of a result again. */
export function replayCommand(result: Result, command: string): string {
  const { law, subject, device, partner, refutation, replay } = result;
  if (replay !== undefined) return replay;
  const words = ["--law", law, "--subject", subject, "--device", device];
  if (partner !== undefined) words.push("--partner", partner);
  const json = JSON.stringify(refutation?.case ?? result.case);
  return [command, ...[...words, "--case", json].map(quote)].join(" ");
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** A word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
