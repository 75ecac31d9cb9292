/**
 * What a report's page tells of each result that is no plain yes.
 *
 * @module
 */
import type { Expectation, Report, Result, Stale, SubjectInfo } from "../../results.ts";
import { type Anchors, linked, mark } from "./parts.ts";
import { type Markup, markup } from "./markup.ts";
import { replayCommand } from "../refutation.ts";
import { snippet } from "../snippet.ts";
import { groups, infoOf, lawOf, pathOf, type Standing } from "../verdicts.ts";

/**
 * An article for each counterexample, each reason why something is unknown, each expectation that was
 * met and each that is to be removed. Devices on which the same came out share one.
 *
 * @param report The report.
 * @param command How the gate is called.
 * @returns The articles, and which of them tells of a result.
 */
export function findings(
  report: Report,
  command: string,
): { articles: Markup[]; anchors: Anchors } {
  const anchors = new Map<Result, string>();
  const all: [Standing, (group: readonly Result[]) => Markup][] = [
    ["refuted", (group) => counterexample(report, group[0], command)],
    ["unknown", ([result]) => unknown(report, result, command)],
    ["expected", ([result]) => expected(report, result, command)],
  ];
  const articles = all.flatMap(([standing, body]) =>
    groups(report, standing, alike).map((group) => {
      const anchor = `finding-${anchors.size + 1}`;
      for (const result of group) anchors.set(result, anchor);
      return article(standing, anchor, title(group), body(group));
    })
  );
  return { articles: [...articles, ...report.stale.map(stale)], anchors };
}

function alike({ law, subject, reason, refutation, case: last }: Result): string {
  return JSON.stringify([law, subject, reason, refutation?.what, refutation?.where, last]);
}

function title(group: readonly Result[]): Markup {
  const [{ law, subject }] = group;
  const devices = group.map(({ device }) => device).join(" and ");
  return markup`<a class="law" href="#law-${law}">${law}</a> &ensp;${subject} on ${devices}`;
}

function article(
  standing: Standing,
  anchor: string,
  head: Markup,
  body: Markup,
  word: string = standing,
): Markup {
  return markup`<article id="${anchor}" class="${standing}" tabindex="-1">
<h3>${mark(standing)}<span class="said">${word}: </span>${head}</h3>
${body}</article>
`;
}

function counterexample(report: Report, result: Result, command: string): Markup {
  const { law, subject, refutation } = result;
  const { claim, source } = lawOf(report, law);
  const info = infoOf(report, subject);
  const { what, where, expected, actual, case: testCase, found, shrinks, nondeterministic } =
    refutation!;
  const program = snippet(result, info);
  const smaller = shrinks > 0
    ? `, made smaller ${shrinks === 1 ? "once" : `${shrinks} times`}`
    : "";
  return markup`<dl class="facts">
<dt>claim</dt><dd>${claim}</dd>
${place(info)}<dt>but</dt><dd class="refuted">${what}</dd>
<dt>at</dt><dd><code>${where}</code></dd>
<dt>expected</dt><dd>${value(expected)}</dd>
<dt>actual</dt><dd>${value(actual)}</dd>
<dt>found</dt><dd>in case ${found}${smaller}${
    nondeterministic
      ? markup`; <strong class="unknown">nondeterministic</strong>: the same case, judged again, had another outcome`
      : ""
  }</dd>
<dt>case</dt><dd>${copied(JSON.stringify(testCase))}</dd>
<dt>replay</dt><dd>${copied(replayCommand(result, command))}</dd>
${
    program === null ? "" : markup`<dt>or run</dt><dd>${folded("a program", program)}</dd>
`
  }<dt>source</dt><dd>${linked(source)}</dd>
</dl>
`;
}

function unknown(report: Report, result: Result, command: string): Markup {
  const { reason = "", case: last, subject } = result;
  return markup`<dl class="facts">
${place(infoOf(report, subject))}<dt>why</dt><dd>${reason}</dd>
${
    last === undefined ? "" : markup`<dt>case</dt><dd>${copied(JSON.stringify(last))}</dd>
<dt>replay</dt><dd>${copied(replayCommand(result, command))}</dd>
`
  }</dl>
`;
}

function expected(report: Report, result: Result, command: string): Markup {
  return markup`<dl class="facts">
${known(result.expectation!)}</dl>
<details><summary>The counterexample</summary>
${counterexample(report, result, command)}</details>
`;
}

function stale({ expectation, why }: Stale, index: number): Markup {
  const { law, subject } = expectation;
  const head = markup`<span class="law">${law}</span> &ensp;${subject}: remove this expectation`;
  const body = markup`<dl class="facts">
<dt>because</dt><dd>${why}</dd>
${known(expectation)}</dl>
`;
  return article("refuted", `stale-${index + 1}`, head, body, "stale");
}

/** What an expectation says. */
function known({ reason, link, expires }: Expectation): Markup {
  return markup`<dt>reason</dt><dd>${linked(reason)}</dd>
${
    link === undefined ? "" : markup`<dt>link</dt><dd>${linked(link)}</dd>
`
  }${
    expires === undefined ? "" : markup`<dt>until</dt><dd>${expires}</dd>
`
  }`;
}

/** Where the subject stands, as a link where a browser may follow it. */
function place({ file, line = 1 }: SubjectInfo): Markup {
  if (file === undefined) return markup``;
  const text = `${pathOf(file)}:${line}`;
  const link = /^(https?|file):/.test(file) ? markup`<a href="${file}">${text}</a>` : text;
  return markup`<dt>in</dt><dd>${link}</dd>
`;
}

function value(text: string): Markup {
  return markup`<code class="value">${text}</code>`;
}

/** Code of one line, all of which one click selects. */
function copied(text: string): Markup {
  return markup`<pre class="copy">${text}</pre>`;
}

function folded(summary: string, code: string): Markup {
  return markup`<details><summary>${summary}</summary><pre class="copy">${code}</pre></details>`;
}
