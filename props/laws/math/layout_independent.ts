/**
 * @module
 */
import { type Argument, mapTensorSpecs, seeds, type TensorSpec } from "../../argument.ts";
import { fc } from "../../fast_check.ts";
import { type Given, type Instance, mapContents, widened } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import type { Layout } from "../../layout.ts";
import { sameWithinRoundings } from "../../noise.ts";

/** A case of {@linkcode layoutIndependent}. */
export interface LayoutCase {
  /** The seed of the instance and of the incoming gradients. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** How the arguments lie in memory. */
  layout: Layout;
  /** How the incoming gradients do. */
  incoming: Layout;
}

const LAYOUTS: readonly Layout[] = ["transposed", "offset", "every second"];

/** Where elements lie in memory is nothing that a module can see. */
export const layoutIndependent: Law<LayoutCase> = law({
  id: "math/layout-independent",
  claim:
    "Transposed, offset and strided arguments and incoming gradients give the outputs and gradients that their contiguous copies give.",
  source: "https://github.com/pytorch/pytorch/blob/main/test/test_modules.py",
  needs: ["instance", "inputs", "layouts"],
  runs: 4,
  detects: ["forward-ignores-strides", "backward-ignores-strides"],
  axes: () => ({ layout: ["contiguous", ...LAYOUTS] }),
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), args: inputs!, incoming: fc.constantFrom(...LAYOUTS) }),
  async check(context, { seed, args, layout, incoming }) {
    const evidence = new Evidence().note("layout", layout).note("incoming", incoming);
    const instance = await context.instance(seed);
    await instance.train(false);
    const given = context.given(args.map((argument) => mapTensorSpecs(argument, plain)));
    const run = async (of: Instance, args: readonly Given[], layout: Layout, coming: Layout) => {
      const arranged = args.map((item) => mapContents(item, (each) => ({ ...each, layout })));
      const options = { seed, recorded: true, inputGradients: true };
      const output = await of.forward(arranged, options);
      const results = await output.values();
      if (!output.requiresGrad) return results;
      await of.zeroGrad();
      await output.backward(seed, coming);
      const gradients = [...await of.gradients(), ...await output.inputGradients()];
      for (const [name, value] of gradients) results.set(`gradient of ${name}`, value);
      return results;
    };
    const what = "The layout of arguments or incoming gradients changes a result";
    const expected = await run(instance, given, "contiguous", "contiguous");
    const actual = await run(instance, given, layout, incoming);
    await sameWithinRoundings(evidence, what, actual, expected, async () => {
      const twin = await context.inFloat64(seed);
      await twin?.train(false);
      return twin && await run(twin, widened(given), "contiguous", "contiguous");
    });
    return evidence;
  },
});

/** Numbers between which differences are not all roundings, as those of ones are. */
function plain(spec: TensorSpec): TensorSpec {
  return spec.fill === "uniform" ? spec : { ...spec, fill: "normal" };
}
