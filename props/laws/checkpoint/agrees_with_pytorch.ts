/**
 * @module
 */
import { noGrad, type Tensor } from "../../../core/mod.ts";
import { demand, indexText, tensorsIn } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A checkpoint of another framework computes here what it computed there. */
export const agreesWithPyTorch: Law<{ seed: number }> = law({
  id: "checkpoint/agrees-with-pytorch",
  claim:
    "The checkpoint, loaded, gives in evaluation mode the outputs that PyTorch gave, within the tolerance, and the same classes.",
  source: "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
  needs: ["module", "expected"],
  runs: 1,
  detects: ["checkpoint-forgets-eval", "checkpoint-loads-half"],
  cases: () => fc.record({ seed: fc.constant(0) }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const expected = context.subject.claims.expected!;
    const module = await context.make(seed);
    const state = await expected.state();
    await context.wait("loadStateDict", () => module.loadStateDict(state));
    module.eval();
    const inputs = await Promise.all(
      (await expected.inputs()).map((input): Promise<Tensor> => input.to(context.device)),
    );
    const [[name, output]] = tensorsIn(noGrad(() => context.forward(module, inputs)));
    const actual = await output.data() as ArrayLike<number>;
    const wanted = await expected.outputs();
    demand(evidence, actual.length === wanted.length, {
      what: "There are more or fewer outputs",
      where: name,
      expected: `${wanted.length} numbers`,
      actual: `${actual.length}`,
    });
    let most = 0, at = 0;
    for (let i = 0; i < wanted.length; i++) {
      const off = Math.abs(actual[i] - wanted[i]);
      // Written so that NaN is the worst of all.
      if (!(off <= most)) [most, at] = [off, i];
    }
    evidence.compared(wanted.length).note("largest difference", most.toExponential(1));
    demand(evidence, most <= expected.tolerance, {
      what: `The largest difference from PyTorch is over ${expected.tolerance}`,
      where: `${name}${indexText(at, output.shape)}`,
      expected: String(wanted[at]),
      actual: String(actual[at]),
    });
    if (expected.labels === undefined) return evidence;
    const labels = await expected.labels();
    const width = actual.length / labels.length;
    const guesses = labels.map((_, row) => {
      const scores = Array.from({ length: width }, (_, i) => actual[row * width + i]);
      return scores.indexOf(Math.max(...scores));
    });
    const right = guesses.filter((guess, i) => guess === labels[i]).length;
    const least = Math.ceil((expected.accuracy ?? 1) * labels.length);
    evidence.compared(labels.length).note("labels met", `${right} of ${labels.length}`);
    demand(evidence, right >= least, {
      what: "Too few inputs get the class that a human saw",
      where: `row ${guesses.findIndex((guess, i) => guess !== labels[i])}`,
      expected: `${least} of ${labels.length} labels`,
      actual: `${right}`,
    });
    return evidence;
  },
});
