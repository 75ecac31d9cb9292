/**
 * A report in the forms that people and CI systems read.
 *
 * @module
 */
export { githubAnnotations, githubSummary } from "./github.ts";
export { html } from "./html.ts";
export { junit } from "./junit.ts";
export { type PrintOptions, printReport } from "./pretty.ts";
export { quote, refutationText, replayCommand } from "./refutation.ts";
export { snippet } from "./snippet.ts";
export { countLine } from "./verdicts.ts";
