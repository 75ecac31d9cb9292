/**
 * @module
 */
import { type DType, stats } from "../../../core/mod.ts";
import { buildTensor, seeds } from "../../argument.ts";
import { demand, sameBits, sameList, snapshots } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { tieGroups } from "../../state.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode moveIdempotent}. */
export interface IdempotentCase {
  /** The seed of the instance and its gradients. */
  seed: number;
  /** To another device, or to a dtype. */
  to: "device" | DType;
}

/** What is there already does not move. */
export const moveIdempotent: Law<IdempotentCase> = law({
  id: "device/idempotent",
  claim:
    "A second to() with the same device or dtype copies nothing and changes nothing: objects, memory, gradients and bits are those after the first.",
  source: "https://pytorch.org/docs/stable/generated/torch.Tensor.to.html",
  needs: ["module", "state"],
  runs: 6,
  detects: ["second-move-copies", "second-cast-scales"],
  axes: () => ({ to: ["device", "float64", "bfloat16"] }),
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed, to }) {
    const evidence = new Evidence().note("to", to);
    const module = await context.make(seed);
    module.parameters().filter(isFloating).forEach((parameter, i) => {
      const { shape: tensor, dtype, device } = parameter;
      parameter.grad = buildTensor({ tensor, dtype, fill: "normal", seed: seed ^ i }, device);
    });
    const target = to === "device" ? context.otherDevice : to;
    const move = () => context.wait(`to("${target}")`, () => module.to(target));
    const all = () =>
      registered(module).flatMap(([name, value]) => [
        [name, value] as const,
        ...value.grad === null ? [] : [[`${name}.grad`, value.grad] as const],
      ]);
    await move();
    const first = all(), bits = await snapshots(first), ties = tieGroups(first);
    const memory = first.map(([, { storage }]) => storage);
    const { bytesMoved } = stats();
    await move();
    demand(evidence, stats().bytesMoved === bytesMoved, {
      what: "A second to() copies between devices",
      where: `to("${target}")`,
      expected: "no bytes",
      actual: `${stats().bytesMoved - bytesMoved} bytes`,
    });
    const second = all();
    const names = [second, first].map((some) => some.map(([name]) => name));
    sameList(evidence, "A second to() changes what there is", "names", names[0], names[1]);
    sameList(evidence, "A second to() unties what shares memory", "ties", tieGroups(second), ties);
    const after = await snapshots(second);
    second.forEach(([name, value], i) => {
      const kept = value === first[i][1] && value.storage === memory[i];
      sameBits(evidence, "A second to() changes a value", name, after.get(name)!, bits.get(name)!);
      demand(evidence, kept, {
        what: "A second to() copies what is there already",
        where: name,
        expected: "the same object in the same memory",
        actual: value === first[i][1] ? "other memory" : "another object",
      });
    });
    return evidence;
  },
});
