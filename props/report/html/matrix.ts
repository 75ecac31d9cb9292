/**
 * The table of a report as HTML.
 *
 * @module
 */
import type { Report, Result } from "../../results.ts";
import type { Anchors } from "./parts.ts";
import { Markup, markup } from "./markup.ts";
import {
  cells,
  duration,
  grouped,
  SIGNS,
  type Standing,
  standing,
  STANDINGS,
  sum,
  worst,
} from "../verdicts.ts";

/** What must be looked at. */
const AMISS: readonly Standing[] = ["refuted", "unknown", "expected"];

/**
 * A row for each law, a column for each subject. A cell has one sign where all devices agree, or else
 * one for each device, and leads to what is told of it below.
 *
 * @param report The report.
 * @param anchors Where each result is told of.
 * @returns The table, in an element that scrolls, with what its signs mean.
 */
export function matrix(report: Report, anchors: Anchors): Markup {
  const amiss = report.results.some((result) => AMISS.includes(standing(result)));
  return markup`${
    amiss
      ? markup`<label class="choice"><input type="checkbox" id="amiss"> Only laws that did not hold throughout</label>
`
      : ""
  }<div class="scroll" tabindex="0" role="region" aria-labelledby="table">
<table class="matrix">
<thead><tr><th scope="col" class="corner">Law</th>${
    report.subjects.map(({ name }) =>
      markup`<th scope="col" class="subject" title="${name}"><span>${name}</span></th>`
    )
  }${
    ["cases", "compared", "time"].map((head) => markup`<th scope="col" class="number">${head}</th>`)
  }</tr></thead>
${families(report, anchors)}</table>
</div>
<p class="quiet">${
    STANDINGS.toReversed().map((each) =>
      markup`<span class="${each}">${SIGNS[each]}</span> ${each.replace("-", " ")} &ensp; `
    )
  }One sign where all devices agree.</p>`;
}

function families(report: Report, anchors: Anchors): Markup[] {
  const cell = cells(report);
  const rows = report.laws.map(({ id }) => ({
    id,
    family: id.split("/")[0],
    row: report.subjects.map(({ name }) => cell(id, name)),
  }));
  const names = [...new Set(rows.map(({ family }) => family))];
  const fine = (row: readonly (readonly Result[])[]) =>
    row.flat().every((result) => !AMISS.includes(standing(result)));
  return names.map((name) => {
    const own = rows.filter(({ family }) => family === name);
    return markup`<tbody${rest(own.every(({ row }) => fine(row)))}>
<tr><th scope="rowgroup" colspan="${report.subjects.length + 4}"><span>${name}</span></th></tr>
${
      own.map(({ id, row }) =>
        markup`<tr${
          rest(fine(row))
        }><th scope="row" class="law"><a class="quiet" href="#law-${id}">${
          id.slice(id.indexOf("/") + 1)
        }</a></th>${row.map((results) => entry(report, results, anchors))}${
          numbers(row.flat())
        }</tr>
`
      )
    }</tbody>
`;
  });
}

/** Marks what goes when only the laws are asked for that did not hold. */
function rest(fine: boolean): Markup {
  return new Markup(fine ? ' class="fine"' : "");
}

function entry(report: Report, results: readonly Result[], anchors: Anchors): Markup {
  const all = new Set(results.map(standing));
  if (all.size <= 1) return markup`<td>${sign(worst(results), null, anchors.get(results[0]))}</td>`;
  const inOrder = report.devices.flatMap(({ name }) =>
    results.filter(({ device }) => device === name)
  );
  return markup`<td>${
    inOrder.map((result) => sign(standing(result), result.device, anchors.get(result)))
  }</td>`;
}

function sign(most: Standing, device: string | null, anchor: string | undefined): Markup {
  const shown = markup`<span aria-hidden="true">${SIGNS[most]}</span><span class="said">${
    most.replace("-", " ")
  }${device === null ? "" : " on"}</span>${
    device === null ? "" : markup` <small>${device}</small>`
  }`;
  return anchor === undefined
    ? markup`<span class="${most}">${shown}</span>`
    : markup`<a class="${most}" href="#${anchor}">${shown}</a>`;
}

function numbers(row: readonly Result[]): Markup {
  if (row.every(({ verdict }) => verdict === "not-applicable")) {
    return markup`<td></td><td></td><td></td>`;
  }
  const texts = [
    grouped(sum(row, "runs")),
    grouped(sum(row, "comparisons")),
    duration(sum(row, "ms")),
  ];
  return markup`${texts.map((text) => markup`<td class="number">${text}</td>`)}`;
}
