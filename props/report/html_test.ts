import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { refutation, reportOf, resultOf } from "./fixtures/report.ts";
import { html } from "./mod.ts";

const EVIL = `<script>alert("x")</script>&'`;
const expectation = {
  law: "save/identity",
  subject: "Dropout",
  reason: "It draws.",
  link: "https://example.com/12",
};

const page = html(reportOf([
  resultOf(),
  resultOf({ device: "webgpu", refutation }),
  resultOf({ subject: EVIL, refutation: { ...refutation, what: EVIL, actual: EVIL } }),
  resultOf({ subject: "Slow", verdict: "unknown", reason: "time was up", case: { seed: 9 } }),
  resultOf({ subject: "Dropout", refutation, expectation }),
  resultOf({ law: "engine/views", verdict: "not-applicable", lacks: "engine", reason: "none" }),
], {
  stale: [{ expectation: { ...expectation, subject: EVIL }, why: "the law now holds" }],
  absent: [{ name: "reference", reason: EVIL, required: true }],
}));

/** The tags of a page in order, without those of its style sheet. */
function tags(text: string): string[] {
  return text.replace(/<style>.*<\/style>/s, "").match(/<[^>]*>/g)!;
}

/** Everything that a pattern captures. */
function captures(pattern: RegExp, text = page): string[] {
  return [...text.matchAll(pattern)].map(([, captured]) => captured);
}

Deno.test("html() closes each element that it opens, in order", () => {
  const open: string[] = [];
  for (const tag of tags(page)) {
    const name = /^<\/?([a-z0-9]+)/.exec(tag)?.[1];
    if (name === undefined || ["meta", "input"].includes(name)) continue;
    if (tag.startsWith("</")) assertEquals(open.pop(), name);
    else open.push(name);
  }
  assertEquals(open, []);
});

Deno.test("html() escapes what subjects, errors and devices are called", () => {
  assert(!page.includes("<script"));
  assert(!page.includes("\u0000"));
  assertStringIncludes(page, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
});

Deno.test("html() loads nothing and runs nothing", () => {
  assertStringIncludes(page, `content="default-src 'none'; style-src 'unsafe-inline'"`);
  assert(!/<(script|link|img|iframe|base)\b|\bsrc=|\bon[a-z]+=|@import|url\(/.test(page));
});

Deno.test("html() links only to what is in the page, on the web, or a subject's file", () => {
  const ids = captures(/ id="([^"]*)"/g);
  assertEquals(new Set(ids).size, ids.length);
  for (const target of captures(/ href="([^"]*)"/g)) {
    if (target.startsWith("#")) assert(ids.includes(target.slice(1)), target);
    else assert(/^(https|file):\/\//.test(target), target);
  }
  assertStringIncludes(page, `<a href="https://example.com/save?a=1&amp;b=2">`);
});

Deno.test("html() gives a cell one sign, or one for each device where they differ", () => {
  const cells = captures(/<td>(<(?:a|span) class="(?:held|refuted|unknown|expected).*?)<\/td>/g);
  const texts = cells.map((cell) => cell.replace(/<[^>]*>/g, "").trim());
  assertEquals(texts, [
    "✓held on cpu✗refuted on webgpu",
    "✗refuted",
    "?unknown",
    "~expected",
  ]);
});

Deno.test("html() leads from a cell to its counterexample, which says all that is known", () => {
  const [, anchor] = /<a class="refuted" href="#([^"]+)"/.exec(page)!;
  const article = page.slice(page.indexOf(`<article id="${anchor}"`)).split("</article>")[0];
  for (
    const text of [
      "Linear on webgpu",
      "It is the same.",
      "50% of it\ufffd differs",
      "<code>w[0]</code>",
      "in case 2, made smaller 3 times",
      "{&quot;seed&quot;:1}",
      "--law save/identity --subject Linear --device webgpu --case",
      "a,b.ts:3</a>",
      "import { allLaws, judge, loadSubjects }",
    ]
  ) assertStringIncludes(article, text);
});

Deno.test("html() says what is unknown with its case, what was expected, and what to expect no longer", () => {
  assertStringIncludes(page, "<dd>time was up</dd>");
  assertStringIncludes(page, "{&quot;seed&quot;:9}");
  assertStringIncludes(page, "<dd>It draws.</dd>");
  assertStringIncludes(page, "remove this expectation");
  assertStringIncludes(page, "<dd>the law now holds</dd>");
});

Deno.test("html() has a heading for each section and a scope for each heading of a table", () => {
  assertEquals(captures(/<h1>(?:<span.*?<\/span>)?([^<]*)</g), [
    "2 refuted, 1 unknown, 1 expectation to remove, a required device is absent",
  ]);
  assertEquals(captures(/<h2[^>]*>([^<]*)</g), [
    "Laws and subjects",
    "Findings",
    "What was exercised",
    "Timings",
    "The laws",
  ]);
  assertEquals(tags(page).filter((tag) => tag.startsWith("<th ") && !tag.includes("scope=")), []);
});

Deno.test("html() adds up what was exercised", () => {
  const row = page.slice(page.indexOf(`<th scope="row">train</th>`)).split("</tr>")[0];
  assertStringIncludes(row, "<td>18</td>");
});

Deno.test("html() of a report in which all held has no findings", () => {
  const held = html(reportOf([resultOf()]));
  assertStringIncludes(held, "Every law held");
  assert(!held.includes("<article") && !held.includes("<input"));
});

Deno.test("html() says which shard it shows, and what judged", () => {
  const versions = { touchstone: "1.2.3", deno: "4.5.6" };
  const part = html(reportOf([resultOf()], { shard: { index: 2, of: 3 }, versions }));
  assertStringIncludes(part, "<dd>2 of 3: ");
  assertStringIncludes(part, "<dd>Touchstone 1.2.3, Deno 4.5.6</dd>");
  assert(!page.includes("<dt>shard</dt>"));
});

Deno.test("html() of a report of nothing says so", () => {
  assertStringIncludes(html(reportOf([], { ok: false })), "Nothing was judged");
});
