/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** Buffers and parameters are kept apart, so that an optimizer never sees a buffer. */
export const buffersNotParameters: Law<{ seed: number }> = law({
  id: "registration/buffers-not-parameters",
  claim: "No buffer is among parameters(), and nothing but a Parameter is.",
  source:
    "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer",
  needs: ["instance", "state"],
  runs: 3,
  detects: ["buffer-in-parameters", "parameter-lists-plain-tensor"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const { entries, once } = await (await context.instance(seed)).list();
    const parameters = entries.filter(({ role }) => role === "parameter");
    const buffers = entries.filter(({ role }) => role === "buffer");
    for (const { name, object, memory, isParameter } of parameters) {
      const buffer = buffers.find((each) => each.object === object || each.memory === memory);
      demand(evidence, buffer === undefined, {
        what: "An optimizer given parameters() would train a buffer",
        where: name,
        expected: "no buffer in parameters()",
        actual: `${name}, which is the buffer ${buffer?.name}`,
      });
      demand(evidence, isParameter, {
        what: "parameters() lists what is no Parameter",
        where: name,
        expected: "a Parameter",
        actual: "a plain tensor",
      });
    }
    const { names, objects } = once.parameters;
    demand(evidence, objects.length === names.length, {
      what: "parameters() and namedParameters() list different tensors",
      where: "parameters()",
      expected: `${names.length} tensors`,
      actual: `${objects.length}`,
    });
    for (const { name, isParameter, requiresGrad } of buffers) {
      demand(evidence, !isParameter, {
        what: "buffers() lists a Parameter",
        where: name,
        expected: "a tensor that is not trained",
        actual: "a Parameter",
      });
      demand(evidence, !requiresGrad, {
        what: "A buffer requires gradients",
        where: name,
        expected: "requiresGrad false",
        actual: "requiresGrad true",
      });
    }
    return evidence;
  },
});
