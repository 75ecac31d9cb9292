/**
 * What several parts of a report's page are made of.
 *
 * @module
 */
import type { Result } from "../../results.ts";
import { SIGNS, type Standing } from "../verdicts.ts";
import { Markup, markup } from "./markup.ts";

/** Where a result is told of in the page: the `id` of its article. */
export type Anchors = ReadonlyMap<Result, string>;

/** A sign in the colour of a standing, for those who see it. */
export function mark(standing: Standing): Markup {
  return markup`<span class="mark ${standing}" aria-hidden="true">${SIGNS[standing]}</span>`;
}

/** Text in which the web's addresses are links. */
export function linked(text: string): Markup {
  // Every other part is what the parentheses matched.
  const parts = text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:)])/);
  return new Markup(
    parts.map((part, i) => i % 2 === 0 ? markup`${part}` : markup`<a href="${part}">${part}</a>`)
      .join(""),
  );
}
