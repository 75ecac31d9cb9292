/**
 * @module
 */
import { type DType, DTYPES, stats } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, sameBits, sameList, type Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { contentsOf, type Instance, parametersOnce, tiesIn } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";

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
  needs: ["instance", "state", "casts"],
  runs: 6,
  detects: ["second-move-copies", "second-cast-scales"],
  axes: ({ subject }) => ({
    // Another library has no second device here.
    to: [...(subject.elsewhere === null ? ["device"] : []), "float64", "bfloat16"],
  }),
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed, to }) {
    const evidence = new Evidence().note("to", to);
    const instance = await context.instance(seed);
    const gradients = parametersOnce(await instance.list())
      .filter(({ dtype }) => DTYPES[dtype].kind === "float")
      .map(({ name, shape: tensor, dtype }, i): [string, Snapshot] => [
        name,
        contentsOf({ tensor, dtype, fill: "normal", seed: seed ^ i }),
      ]);
    await instance.setGradients(new Map(gradients));
    const target = to === "device" ? context.otherDevice : to;
    await instance.to(target);
    const first = await tensorsOf(instance);
    const { bytesMoved } = stats();
    await instance.to(target);
    if (context.has("module")) {
      demand(evidence, stats().bytesMoved === bytesMoved, {
        what: "A second to() copies between devices",
        where: `to("${target}")`,
        expected: "no bytes",
        actual: `${stats().bytesMoved - bytesMoved} bytes`,
      });
    }
    const second = await tensorsOf(instance);
    const names = [second, first].map((some) => some.map(({ name }) => name));
    sameList(evidence, "A second to() changes what there is", "names", names[0], names[1]);
    const ties = [second, first].map(tiesIn);
    sameList(evidence, "A second to() unties what shares memory", "ties", ties[0], ties[1]);
    second.forEach(({ name, object, memory, value }, i) => {
      sameBits(evidence, "A second to() changes a value", name, value, first[i].value);
      demand(evidence, object === first[i].object && memory === first[i].memory, {
        what: "A second to() copies what is there already",
        where: name,
        expected: "the same object in the same memory",
        actual: object === first[i].object ? "other memory" : "another object",
      });
    });
    return evidence;
  },
});

/** What is registered, under every name, and gradients. */
async function tensorsOf(instance: Instance) {
  const { entries } = await instance.list();
  const values = await instance.read(), gradients = await instance.gradients();
  return entries.flatMap(({ name, object, memory, gradient }) => [
    { name, object, memory, value: values.get(name)! },
    ...gradient === null
      ? []
      : [{ name: `${name}.grad`, ...gradient, value: gradients.get(name)! }],
  ]);
}
