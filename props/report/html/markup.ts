/**
 * HTML in which every text that is put in is escaped.
 *
 * @module
 */

/** A piece of HTML, which is put into another as it is. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  /** @param text HTML, not text. */
  constructor(text: string) {
    this.text = text;
  }

  /** The HTML. */
  toString(): string {
    return this.text;
  }
}

/** What can be put into HTML: text, which is escaped, and pieces of HTML. */
type Part = string | number | Markup | readonly Markup[];

/**
 * A piece of HTML, as a template's tag: texts in it are escaped, for between tags and in quoted
 * attributes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { markup } from "./markup.ts";
 *
 * assertEquals(String(markup`<i title="${'"'}">${"<b>"}</i>`), '<i title="&quot;">&lt;b&gt;</i>');
 * ```
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const text = strings.reduce((before, string, i) => before + htmlOf(parts[i - 1]) + string);
  return new Markup(text);
}

function htmlOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  return typeof part === "object" ? part.join("") : escape(String(part));
}

/** Text that means itself in HTML; characters that HTML can't hold become the one that says so. */
function escape(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
