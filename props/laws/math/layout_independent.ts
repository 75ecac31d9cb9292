/**
 * @module
 */
import { grad, type Tensor } from "../../../core/mod.ts";
import {
  type Argument,
  buildArgument,
  mapTensorSpecs,
  seeds,
  type TensorSpec,
} from "../../argument.ts";
import { tensorsIn } from "../../compare.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { arrange, type Layout, packed } from "../../layout.ts";
import { sameWithinRoundings } from "../../rounding.ts";

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
  needs: ["module", "inputs"],
  runs: 4,
  detects: ["forward-ignores-strides", "backward-ignores-strides"],
  axes: () => ({ layout: ["contiguous", ...LAYOUTS] }),
  cases: ({ inputs }) =>
    fc.record({ seed: seeds(), args: inputs!, incoming: fc.constantFrom(...LAYOUTS) }),
  async check(context, { seed, args, layout, incoming }) {
    const evidence = new Evidence().note("layout", layout).note("incoming", incoming);
    const { device } = context;
    const module = (await context.make(seed)).eval();
    const run = (of: (view: Tensor) => Tensor): [string, Tensor][] => {
      const given = args.map((argument) =>
        buildArgument(mapTensorSpecs(argument, plain), device, (spec) => {
          const x = of(arrange(spec, layout, device));
          return isFloating(x) ? x.requiresGrad_(true) : x;
        })
      );
      context.reseed(seed);
      const outputs = tensorsIn(context.forward(module, given));
      const wanted = [...module.namedParameters(), ...tensorsIn(given, "arguments")].filter((
        [, value],
      ) => value.requiresGrad);
      const heads = outputs.map(([, value]) => value).filter((value) => value.requiresGrad);
      if (heads.length === 0 || wanted.length === 0) return outputs;
      const gradOutputs = heads.map(({ shape, dtype }, i) =>
        of(arrange({ tensor: shape, dtype, fill: "normal", seed: seed ^ i }, incoming, device))
      );
      const options = { gradOutputs, allowUnused: true };
      const gradients = context.call(
        "backward",
        () => grad(heads, wanted.map(([, value]) => value), options),
      );
      return [
        ...outputs,
        ...gradients.flatMap((value, i): [string, Tensor][] =>
          value === null ? [] : [[`gradient of ${wanted[i][0]}`, value]]
        ),
      ];
    };
    const what = "The layout of arguments or incoming gradients changes a result";
    await sameWithinRoundings(evidence, what, run((view) => view), run(packed));
    return evidence;
  },
});

/** Numbers between which differences are not all roundings, as those of ones are. */
function plain(spec: TensorSpec): TensorSpec {
  return spec.fill === "uniform" ? spec : { ...spec, fill: "normal" };
}
