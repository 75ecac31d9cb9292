/**
 * @module
 */
import type { Tensor } from "../../../core/mod.ts";
import { Parameter } from "../../../nn/mod.ts";
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
  needs: ["module", "state"],
  runs: 3,
  detects: ["buffer-in-parameters", "parameter-lists-plain-tensor"],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const module = await context.make(seed);
    const parameters = context.call("namedParameters", () => module.namedParameters());
    const buffers = context.call("namedBuffers", () => module.namedBuffers());
    const names = new Map<Tensor, string>(buffers.map(([name, value]) => [value, name]));
    const memory = new Map(buffers.map(([name, value]) => [value.storage, name]));
    for (const [name, value] of parameters) {
      const actual = `${name}, which is the buffer ${
        names.get(value) ?? memory.get(value.storage)
      }`;
      const what = "An optimizer given parameters() would train a buffer";
      const free = !names.has(value) && !memory.has(value.storage);
      demand(evidence, free, { what, where: name, expected: "no buffer in parameters()", actual });
      demand(evidence, value instanceof Parameter, {
        what: "parameters() lists what is no Parameter",
        where: name,
        expected: "a Parameter",
        actual: `a ${value.constructor.name}`,
      });
    }
    const listed = context.call("parameters", () => module.parameters());
    demand(evidence, listed.length === parameters.length, {
      what: "parameters() and namedParameters() list different tensors",
      where: "parameters()",
      expected: `${parameters.length} tensors`,
      actual: `${listed.length}`,
    });
    for (const [name, value] of buffers) {
      demand(evidence, !(value instanceof Parameter), {
        what: "buffers() lists a Parameter",
        where: name,
        expected: "a tensor that is not trained",
        actual: "a Parameter",
      });
      demand(evidence, !value.requiresGrad, {
        what: "A buffer requires gradients",
        where: name,
        expected: "requiresGrad false",
        actual: "requiresGrad true",
      });
    }
    return evidence;
  },
});
