/**
 * @module
 */
import type { DeviceName, DType } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, elementText, indexText, sameBits, type Snapshot } from "../../compare.ts";
import type { Engine } from "../../engine.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { apart, roundsCorrectly } from "../../tolerance.ts";

/** A case of {@linkcode sameSeed}. */
export interface SeedCase {
  /** The dtype of the draws. */
  dtype: DType;
  /** The seed. */
  seed: number;
  /** The shape of the draws. */
  shape: readonly [number, number];
  /** The share that dropout drops. */
  p: number;
  /** What all whole numbers are below. */
  high: number;
}

/** The kinds of draws. */
const KINDS = ["uniform", "integers", "permutation", "dropout", "normal"] as const;
type Kind = typeof KINDS[number];

/** One seed, the same numbers everywhere. */
export const sameSeed: Law<SeedCase> = law({
  id: "device/same-seed-same-bits",
  claim:
    "After the same seed, uniform and whole numbers, permutations and what dropout drops are the same bits on every device, and normal numbers the same within the tolerance of log and cos; one draw after another.",
  source: "https://pytorch.org/docs/stable/notes/randomness.html",
  needs: ["engine"],
  runs: 24,
  detects: ["engine-draws-own-uniforms", "engine-drops-others", "engine-normal-in-half"],
  axes: () => ({ dtype: ["float32", "float64", "float16", "bfloat16"] }),
  cases: () => {
    const side = fc.integer({ min: 1, max: 9 });
    return fc.record({
      seed: seeds(),
      shape: fc.tuple(side, side),
      p: fc.constantFrom(0.1, 0.25, 0.7),
      high: fc.integer({ min: 2, max: 1000 }),
    });
  },
  async check(context, testCase) {
    const { dtype } = testCase;
    const evidence = new Evidence().note("dtype", dtype);
    const engine = context.subject.claims.engine!;
    const { device, info } = context;
    const drawn = dtype === "float64" && !info.float64 ? "float32" : dtype;
    const other = device === "reference" ? "cpu" : "reference";
    const draws = (on: DeviceName) =>
      context.wait("Drawing", () => draw(engine, { ...testCase, dtype: drawn }, on));
    const [ours, theirs] = [await draws(device), await draws(other)];
    for (const [i, { kind, contents }] of ours.entries()) {
      const expected = theirs[i].contents;
      const where = `draw ${i} (${kind})`;
      evidence.note("kind", kind);
      if (kind !== "normal") {
        const what = `After one seed "${device}" and "${other}" draw other bits`;
        sameBits(evidence, what, where, contents, expected);
      } else close(evidence, where, contents, expected, normalBound([device, other], drawn));
    }
    return evidence;
  },
});

/** Every kind of draw twice, so that a kind which uses up more numbers shifts the next ones. */
async function draw<T>(
  engine: Engine<T>,
  { dtype, seed, shape, p, high }: SeedCase,
  device: DeviceName,
): Promise<{ kind: Kind; contents: Snapshot }[]> {
  const count = shape[0] * shape[1];
  const make: Record<Kind, () => T> = {
    uniform: () => engine.uniform(shape, dtype, device),
    integers: () => engine.integers(-3, high, shape, device),
    permutation: () => engine.permutation(count, device),
    // What is kept is scaled, which may be rounded in two ways: the mask is what counts.
    dropout: () => {
      const ones = engine.addScalar(engine.mulScalar(engine.uniform(shape, dtype, device), 0), 1);
      return engine.cast(engine.dropout(ones, p), "bool");
    },
    normal: () => engine.normal(shape, dtype, device),
  };
  engine.seed(seed);
  const out: { kind: Kind; contents: Snapshot }[] = [];
  for (const kind of [...KINDS, ...KINDS]) {
    const x = make[kind]();
    const bytes = (await engine.read(x)).slice();
    out.push({ kind, contents: { shape: engine.shape(x), dtype: engine.dtype(x), bytes } });
  }
  return out;
}

/**
 * How far two normal numbers may be apart, for each unit of size: they are sqrt(-2 log u) cos(2 pi v), at
 * most 12 in size (source: Box and Muller), and a rounding of 2 pi v turns the cosine.
 */
function normalBound(devices: readonly DeviceName[], dtype: DType): number {
  const share = (op: string) => apart(devices, op, dtype);
  const turned = devices.every((device) => roundsCorrectly(device, ["mul"]));
  const angle = turned ? 0 : 12 * 2 * Math.PI * share("mul");
  return share("log") + share("sqrt") + share("cos") + 2 * share("mul") + angle;
}

function close(
  evidence: Evidence,
  where: string,
  actual: Snapshot,
  expected: Snapshot,
  bound: number,
): void {
  const [type, wanted] = [actual, expected].map(({ dtype, shape }) => `${dtype}[${shape}]`);
  const what = "After one seed normal numbers differ by more than roundings";
  demand(evidence, type === wanted, { what, where, expected: wanted, actual: type });
  const [a, b] = [actual, expected].map(({ bytes, dtype }) => decodeNumbers(bytes, dtype));
  evidence.compared(a.length);
  a.forEach((value, i) => {
    if (Math.abs(value - b[i]) <= bound * Math.max(1, Math.abs(b[i]))) return;
    throw new Refutation({
      what,
      where: `${where}${indexText(i, actual.shape)}`,
      expected: elementText(expected, i),
      actual: elementText(actual, i),
    });
  });
}
