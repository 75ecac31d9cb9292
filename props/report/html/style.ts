/**
 * How the page of a report looks.
 *
 * @module
 */

/** The style sheet. Each standing has a sign of its own, so that no colour says anything alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfc; --card: #fff; --ink: #1b1e24; --quiet: #59606c; --line: #dde1e7;
  --link: #1652b8; --bar: #b9c6da;
  --held: #19683c; --refuted: #b0241c; --unknown: #7d5000; --expected: #5a3da8;
  --refuted-back: #fdeae8; --unknown-back: #fcf2da; --expected-back: #efebfb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1c1f25; --ink: #e6e8ec; --quiet: #a0a7b3; --line: #343943;
    --link: #8ab4ff; --bar: #4c5a72;
    --held: #7bd6a0; --refuted: #ff9389; --unknown: #f0c46a; --expected: #bfaaff;
    --refuted-back: #431f1c; --unknown-back: #3b2f14; --expected-back: #2e2650;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 88rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
a { color: var(--link); }
a:focus-visible, summary:focus-visible, input:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px;
}
h1 { margin: 0.25rem 0 0.5rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.75rem 0 0.75rem; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
code, pre, .law { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.86em; }
.quiet { color: var(--quiet); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.3rem 0.6rem; background: var(--card); z-index: 3; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.held { color: var(--held); } .refuted { color: var(--refuted); }
.unknown { color: var(--unknown); } .expected { color: var(--expected); }
.not-applicable { color: var(--quiet); }

nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; margin-top: 1rem; }
.counts { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts li { min-width: 6.5rem; padding: 0.45rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.counts b { display: block; font-size: 1.35rem; line-height: 1.3; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1.1rem; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }

.scroll { overflow-x: auto; }
.scroll, .card { border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; }
th { font-weight: 500; text-align: left; }
.matrix { font-size: 0.9rem; }
.matrix thead th { padding: 0.6rem 0.15rem; vertical-align: bottom; border-bottom: 1px solid var(--line); }
.matrix thead .number { padding: 0.6rem 0.45rem; text-align: right; color: var(--quiet); }
.matrix .subject { text-align: center; }
.matrix .subject span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 13rem; line-height: 1.25; overflow-wrap: anywhere; }
.matrix th[scope="row"], .matrix .corner { position: sticky; left: 0; background: var(--card); padding: 0.2rem 0.9rem 0.2rem 1.4rem; min-width: 9.5rem; overflow-wrap: anywhere; z-index: 1; }
.matrix .corner { padding-left: 0.8rem; }
.matrix th[scope="rowgroup"] { padding: 0; font-weight: 700; }
.matrix th[scope="rowgroup"] span { position: sticky; left: 0; display: inline-block; padding: 0.7rem 0.8rem 0.15rem; }
.matrix td { padding: 1px; text-align: center; }
.matrix td > * { display: block; min-width: 1.7rem; padding: 0.2rem 0.15rem; border-radius: 4px; line-height: 1.25; text-decoration: none; white-space: nowrap; }
.matrix td.number { padding: 0.2rem 0.45rem; text-align: right; color: var(--quiet); white-space: nowrap; }
.matrix td small { font-size: 0.7rem; }
.matrix tbody tr:hover > * { background: color-mix(in srgb, var(--card), var(--ink) 6%); }
.matrix td a { font-weight: 700; }
.matrix td a:hover { text-decoration: underline; }
.law a:not(:hover), a.law:not(:hover) { text-decoration: none; }
td .refuted, .mark.refuted { background: var(--refuted-back); }
td .unknown, .mark.unknown { background: var(--unknown-back); }
td .expected, .mark.expected { background: var(--expected-back); }
body:has(#amiss:checked) .fine { display: none; }
.choice { display: inline-flex; align-items: center; gap: 0.5rem; margin: 0 0 0.7rem; }
.choice input { width: 1.1rem; height: 1.1rem; margin: 0; }

article { margin: 0 0 1rem; padding: 0.9rem 1.1rem; border: 1px solid var(--line); border-left: 4px solid currentColor; border-radius: 8px; background: var(--card); }
article > * { color: var(--ink); }
article:target { outline: 3px solid var(--link); outline-offset: 2px; }
article .facts { margin-top: 0.6rem; }
.mark { display: inline-block; min-width: 1.5rem; margin-right: 0.35rem; border-radius: 4px; text-align: center; font-weight: 700; }
pre { margin: 0; padding: 0.45rem 0.65rem; overflow-x: auto; border-radius: 6px; background: color-mix(in srgb, var(--card), var(--ink) 6%); }
.copy { white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.value { white-space: pre-wrap; }
summary { cursor: pointer; }
details > pre, details > dl { margin-top: 0.5rem; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1.2rem; align-items: start; }
.bars { width: 100%; font-size: 0.9rem; }
.bars caption { padding: 0.6rem 0.8rem 0.2rem; text-align: left; font-weight: 600; }
.bars th, .bars td { padding: 0.2rem 0.8rem; }
.bars tbody th { overflow-wrap: anywhere; }
.bars td { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bars td.bar { width: 30%; min-width: 5rem; }
.bars td.bar span { display: block; width: calc(var(--share) * 100%); min-width: 2px; height: 0.65rem; border-radius: 3px; background: var(--bar); }
.bars tr:last-child > * { padding-bottom: 0.6rem; }
.bars thead { color: var(--quiet); }
.bars thead th:not(:first-child) { text-align: right; }
.axes { columns: 19rem; column-gap: 1.2rem; }
.axes .card { break-inside: avoid; margin-bottom: 1.2rem; }
.axes thead { position: absolute; clip-path: inset(50%); }
.laws dt { margin-top: 0.8rem; }
.laws dt .law { font-weight: 600; }
.laws dd { margin: 0; overflow-wrap: anywhere; }

@media (max-width: 40rem) {
  article .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  article .facts dt { margin-top: 0.5rem; }
  h1 { font-size: 1.5rem; }
  .bars td.bar { display: none; }
}
@media print {
  .scroll { overflow: visible; }
  .choice, nav, .skip { display: none; }
}
`;
