/**
 * A report as one page of HTML: it needs no other file, no network and no script.
 *
 * @module
 */
import type { Report } from "../results.ts";
import { STYLE } from "./html/style.ts";
import { findings } from "./html/findings.ts";
import { matrix } from "./html/matrix.ts";
import { exercised, timings } from "./html/numbers.ts";
import { Markup, markup } from "./html/markup.ts";
import { linked, mark } from "./html/parts.ts";
import { countLine, duration, grouped, some, type Standing, sum } from "./verdicts.ts";

/**
 * A report as a page: the verdict, the table of laws and subjects, every counterexample, what is
 * unknown or expected, what was exercised, and what took long. It is light or dark as its reader's
 * system is. Nothing in it is loaded or run, which its content security policy makes sure of.
 *
 * @param report The report.
 * @param command How the gate is called, for the commands that replay a case.
 * @returns The file's text.
 */
export function html(report: Report, command = "deno task conform"): string {
  const { articles, anchors } = findings(report, command);
  const headline = verdict(report);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline}: Touchstone</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#table">Skip to the table</a>
<header>
<div class="quiet">Touchstone, laws for modules</div>
<h1>${mark(report.ok ? "held" : worstOf(report))}${headline}</h1>
${countList(report)}
${facts(report)}
<nav aria-label="Sections">
<a href="#table">Table</a>
${articles.length > 0 ? markup`<a href="#findings">Findings</a>` : ""}
<a href="#exercised">What was exercised</a>
<a href="#timings">Timings</a>
<a href="#laws">The laws</a>
</nav>
</header>
<main>
<section aria-labelledby="table">
<h2 id="table">Laws and subjects</h2>
${matrix(report, anchors)}
</section>
${
    articles.length === 0 ? "" : markup`<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${articles}
</section>`
  }
<section aria-labelledby="exercised">
<h2 id="exercised">What was exercised</h2>
${exercised(report)}
</section>
<section aria-labelledby="timings">
<h2 id="timings">Timings</h2>
${timings(report)}
</section>
<section aria-labelledby="laws">
<h2 id="laws">The laws</h2>
<dl class="laws">
${
    report.laws.map(({ id, version, claim, source }) =>
      markup`<dt id="law-${id}"><span class="law">${id}</span> <span class="quiet">version ${version}</span></dt>
<dd>${claim}</dd>
<dd class="quiet">${linked(source)}</dd>
`
    )
  }</dl>
</section>
</main>
</body>
</html>
`.text;
}

function worstOf({ counts, stale }: Report): Standing {
  return counts.refuted > 0 || stale.length > 0 ? "refuted" : "unknown";
}

function verdict({ ok, counts, stale, absent }: Report): string {
  if (ok) return "Every law held";
  const required = absent.filter((each) => each.required).length;
  const parts = [
    counts.refuted > 0 ? `${grouped(counts.refuted)} refuted` : "",
    counts.unknown > 0 ? `${grouped(counts.unknown)} unknown` : "",
    stale.length > 0 ? `${some(stale.length, "expectation")} to remove` : "",
    required > 0 ? "a required device is absent" : "",
  ].filter((part) => part !== "");
  const text = parts.join(", ") || "Nothing was judged";
  return text[0].toUpperCase() + text.slice(1);
}

function countList({ counts }: Report): Markup {
  const entries: [Standing, number, string][] = [
    ["held", counts.held, "held"],
    ["refuted", counts.refuted, "refuted"],
    ["unknown", counts.unknown, "unknown"],
    ["expected", counts.expected, "expected"],
    ["not-applicable", counts.notApplicable, "not applicable"],
  ];
  return markup`<ul class="counts">${
    entries.map(([standing, count, word]) =>
      markup`<li><b>${grouped(count)}</b>${mark(standing)}${word}</li>`
    )
  }</ul>`;
}

function facts(report: Report): Markup {
  const { devices, absent, seed, results, shard, versions, ms } = report;
  return markup`<dl class="facts">
${
    devices.map(({ name, description, software }) =>
      markup`<dt>${name}</dt><dd>${description}${software ? ", software" : ""}</dd>
`
    )
  }${
    absent.map(({ name, reason, required }) =>
      markup`<dt>${name}</dt><dd class="${required ? "refuted" : "unknown"}">${
        required ? "required, and not there" : "not judged"
      }: ${reason}</dd>
`
    )
  }<dt>judged</dt><dd>${grouped(sum(results, "runs"))} cases, ${
    grouped(sum(results, "comparisons"))
  } comparisons, in ${duration(ms)}</dd>
<dt>seed</dt><dd>${seed}</dd>
${
    shard === undefined
      ? ""
      : markup`<dt>shard</dt><dd>${shard.index} of ${shard.of}: the others are judged elsewhere</dd>
`
  }${
    versions === undefined
      ? ""
      : markup`<dt>versions</dt><dd>Touchstone ${versions.touchstone}, Deno ${versions.deno}</dd>
`
  }<dt>in short</dt><dd>${countLine(report)}</dd>
</dl>`;
}
