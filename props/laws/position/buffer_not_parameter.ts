/**
 * @module
 */
import { Parameter } from "../../../nn/mod.ts";
import { demand } from "../../compare.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { claimOf, type TableCase, tableCases } from "./table.ts";

/** The table is a buffer: saved and moved, never trained. */
export const tableIsABuffer: Law<TableCase> = law({
  id: "position/buffer-not-parameter",
  claim: "The table is a persistent buffer: in stateDict(), moved by to(), not in parameters().",
  source: "https://github.com/marin-community/levanter/pull/504",
  needs: ["positional"],
  runs: 6,
  detects: ["positions-are-a-parameter", "positions-are-a-plain-field"],
  cases: () => tableCases(),
  async check(context, { dModel, maxLen }) {
    const evidence = new Evidence();
    const claim = claimOf(context);
    const module = context.call("The constructor", () => claim.make(dModel, maxLen));
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
    const what = (problem: string) => `The table of positions ${problem}`;
    const table = () => claim.table(module);
    const trained = module.parameters().some(({ storage }) => storage === table().storage);
    demand(evidence, !trained && !(table() instanceof Parameter), {
      what: what("is a parameter: weight decay and a general unfreeze would change it"),
      where: "parameters()",
      expected: "no table",
      actual: "the table",
    });
    demand(evidence, module.buffers().some(({ storage }) => storage === table().storage), {
      what: what("is no buffer"),
      where: "buffers()",
      expected: "the table",
      actual: `${module.buffers().length} other buffers`,
    });
    const saved = [...module.stateDict()].some(([, { storage }]) => storage === table().storage);
    demand(evidence, saved, {
      what: what("is not saved"),
      where: "stateDict()",
      expected: "the table",
      actual: `[${[...module.stateDict().keys()].join(", ")}]`,
    });
    await context.wait(`to("${context.otherDevice}")`, () => module.to(context.otherDevice));
    demand(evidence, table().device === context.otherDevice, {
      what: what("is not moved"),
      where: "to()",
      expected: `on "${context.otherDevice}"`,
      actual: `on "${table().device}"`,
    });
    return evidence;
  },
});
