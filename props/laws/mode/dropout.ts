/**
 * @module
 */
import { seeds } from "../../argument.ts";
import { demand, sameBits } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { type CallOptions, contentsOf, type Instance, partsOnce } from "../../instance.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { binomialBetween, isImprobable } from "../../statistics.ts";

/** A case of {@linkcode dropoutDrops}. */
export interface DropoutCase {
  /** The seed of the instance, of the numbers and of what is dropped. */
  seed: number;
}

const ROWS = 64, COLUMNS = 256, COUNT = ROWS * COLUMNS;

/** How many small masks are counted, and their size. */
const MASKS = 64, SIZE = 256;

/** Dropout drops as many as it says, independently, and keeps the mean. */
export const dropoutDrops: Law<DropoutCase> = law({
  id: "mode/dropout",
  version: 2,
  claim:
    "Each Dropout zeros elements independently with its probability p and scales the others by 1 / (1 - p), anew at each call; in evaluation mode it changes nothing.",
  source: "https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html",
  needs: ["instance", "dropout"],
  runs: 3,
  detects: [
    "dropout-scaled-by-the-rest",
    "dropout-same-mask",
    "dropout-drops-rows",
    "dropout-drops-more",
    "dropout-drops-a-fixed-count",
  ],
  cases: () => fc.record({ seed: seeds() }),
  async check(context, { seed }) {
    const evidence = new Evidence();
    const instance = await context.instance(seed);
    for (const { name, layer } of partsOnce(await instance.list())) {
      if (layer?.kind !== "dropout") continue;
      const where = name === "" ? "the module itself" : name;
      await judge(evidence, where, await instance.part(name), layer.p, seed);
    }
    return evidence;
  },
});

async function judge(
  evidence: Evidence,
  where: string,
  layer: Instance,
  p: number,
  seed: number,
): Promise<void> {
  evidence.note("p", p);
  // Not zero, so that a zero was dropped.
  const dtype = "float32", spec = { dtype, fill: "uniform", seed, low: 1, high: 2 } as const;
  const x = contentsOf({ ...spec, tensor: [ROWS, COLUMNS] });
  const apply = async (options?: CallOptions, to = x) =>
    (await (await layer.forward([to], options)).values()).get("output")!;
  await layer.train(false);
  sameBits(evidence, "Dropout changes its input in evaluation mode", where, await apply(), x);
  await layer.train(true);
  const given = decodeNumbers(x.bytes, dtype);
  const masks: boolean[][] = [];
  for (const options of [{ seed }, {}]) {
    const values = decodeNumbers((await apply(options)).bytes, dtype);
    const wrong = values.findIndex((value, i) =>
      value !== 0 && Math.abs(value * (1 - p) / given[i] - 1) > 2 ** -22
    );
    demand(evidence, wrong < 0, {
      what: "Dropout scales what it keeps by another factor",
      where,
      expected: `1 / (1 - ${p}) = ${1 / (1 - p)}`,
      actual: String(values[wrong] / given[wrong]),
    });
    masks.push(values.map((value) => value === 0));
  }
  const chance = (fact: string, count: number, of: number, probability: number) =>
    demand(evidence, !isImprobable(count, of, probability), {
      what: `Dropout of ${p}: ${fact} is not chance`,
      where,
      expected: `about ${Math.round(of * probability)} of ${of}`,
      actual: String(count),
    });
  const count = (test: (i: number) => boolean, of = COUNT) =>
    Array.from({ length: of }, (_, i) => test(i)).filter(Boolean).length;
  const [first, second] = masks;
  const same = p * p + (1 - p) * (1 - p);
  for (const mask of masks) {
    chance("how many elements are zero", count((i) => mask[i]), COUNT, p);
    // Disjoint pairs: their agreements are independent of each other.
    const beside = count((i) => mask[2 * i] === mask[2 * i + 1], COUNT / 2);
    chance("how often neighbours share their fate", beside, COUNT / 2, same);
    const below = (i: number) => i + COLUMNS * Math.floor(i / COLUMNS);
    const column = count((i) => mask[below(i)] === mask[below(i) + COLUMNS], COUNT / 2);
    chance("how often elements below each other share their fate", column, COUNT / 2, same);
  }
  chance(
    "how much one call's mask is the last one's",
    count((i) => first[i] === second[i]),
    COUNT,
    same,
  );
  // How many are dropped varies as much as chance does: about two of five counts are this near the mean.
  const mean = SIZE * p, near = Math.max(0.5, Math.sqrt(mean * (1 - p)) / 2);
  const [low, high] = [Math.ceil(mean - near), Math.floor(mean + near)];
  const small = contentsOf({ ...spec, tensor: [SIZE] });
  let usual = 0;
  for (let call = 0; call < MASKS; call++) {
    const values = decodeNumbers((await apply({}, small)).bytes, dtype);
    const zeros = values.filter((value) => value === 0).length;
    if (low <= zeros && zeros <= high) usual++;
  }
  chance(
    `how often ${low} to ${high} of ${SIZE} elements are zero`,
    usual,
    MASKS,
    binomialBetween(low, high, SIZE, p),
  );
}
