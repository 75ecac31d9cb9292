/**
 * @module
 */
import { type DeviceInfo, type DeviceName, DTYPES } from "../../../core/mod.ts";
import { canonical, elementText, indexText, sameBits, type Snapshot } from "../../compare.ts";
import type { Engine } from "../../engine.ts";
import { decodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { roundsCorrectly, sameNumber } from "../../tolerance.ts";
import { type Cooking, type Program, programs, run, type Value } from "./program.ts";

/** A program gives the same on every device, whenever its parts are computed. */
export const recipesAgree: Law<Program> = law({
  id: "engine/recipes-agree",
  claim:
    "A program of views, pointwise operations, reductions, products and writes in place gives on a device what it gives on the reference device, whether its parts are computed early or late; the same bits where no sum of floats is involved and the device rounds correctly.",
  source:
    "https://github.com/pytorch/pytorch/blob/main/torch/testing/_internal/common_methods_invocations.py",
  needs: ["engine"],
  runs: 250,
  runsOn: { webgpu: 80 },
  detects: [
    "engine-add-in-half",
    "engine-gelu-by-sigmoid",
    "engine-sum-drops-last",
    "engine-write-misses-views",
    "engine-max-for-min",
    "engine-cook-rounds",
  ],
  cases: () => programs(),
  async check(context, program) {
    const evidence = new Evidence();
    const engine = context.subject.claims.engine!;
    const skip = new Set<number>();
    const expected = await context.wait(
      "The reference device",
      () => reference(engine, program, context.info, skip),
    );
    const exact = roundsCorrectly(context.device, ["add", "mul"]);
    const late = await outcome(engine, program, context.device, "late", skip, evidence);
    for (const cooking of ["early", "mixed"] as const) {
      const other = await outcome(engine, program, context.device, cooking, skip);
      late.forEach(({ name, contents }, i) => {
        // The order of a sum may depend on the layout that it finds, and what need not be rounded
        // correctly may be fused in other ways; all else is the same bits.
        if (expected[i].reordered || (!exact && expected[i].error > 0)) return;
        const what = `Computed ${
          cooking === "early" ? "step by step" : "in parts"
        } and computed late, a value has different bits`;
        sameBits(evidence, what, name, other[i].contents, contents);
      });
      expected.forEach(({ name, contents, error }, i) => {
        agree(evidence, name, other[i].contents, contents, error, context.device);
      });
    }
    expected.forEach(({ name, contents, error }, i) => {
      agree(evidence, name, late[i].contents, contents, error, context.device);
    });
    return evidence;

    function outcome(...args: Parameters<typeof results>): ReturnType<typeof results> {
      return context.wait(`The program (computed ${args[3]})`, () => results(...args));
    }
  },
});

interface Result {
  name: string;
  contents: Snapshot;
  error: number;
  reordered: boolean;
}

async function read<T>(engine: Engine<T>, { tensor, name, memory }: Value<T>): Promise<Result> {
  const bytes = (await engine.read(tensor)).slice();
  const contents = { shape: engine.shape(tensor), dtype: engine.dtype(tensor), bytes };
  return {
    name,
    contents: unsignedZeros(canonical(contents)),
    error: memory.error,
    reordered: memory.reordered,
  };
}

/** -0 as 0: which of the two a maximum of both is depends on the order. Source: IEEE 754, 9.6. */
function unsignedZeros(of: Snapshot): Snapshot {
  if (DTYPES[of.dtype].kind !== "float") return of;
  const { itemSize } = DTYPES[of.dtype];
  decodeNumbers(of.bytes, of.dtype).forEach((value, i) => {
    if (value === 0) of.bytes.fill(0, i * itemSize, (i + 1) * itemSize);
  });
  return of;
}

/** Runs the program on the reference device, and notes which steps don't suit and how sure it is. */
async function reference(
  engine: Engine,
  program: Program,
  judged: DeviceInfo,
  skip: Set<number>,
): Promise<Result[]> {
  const values = await run(engine, program, "reference", "early", {
    judged,
    skipped: (step) => void skip.add(step),
    async after(value) {
      const { contents: { bytes, dtype } } = await read(engine, value);
      for (const number of decodeNumbers(bytes, dtype)) {
        const size = Number.isNaN(number) ? Infinity : Math.abs(number);
        if (size > value.memory.size) value.memory.size = size;
      }
    },
  });
  return await Promise.all(values.map((value) => read(engine, value)));
}

async function results(
  engine: Engine,
  program: Program,
  device: DeviceName,
  cooking: Cooking,
  skip: ReadonlySet<number>,
  evidence?: Evidence,
): Promise<Result[]> {
  const values = await run(engine, program, device, cooking, {
    skip,
    ...(evidence === undefined ? {} : { evidence }),
  });
  const out: Result[] = [];
  for (const value of values) out.push(await read(engine, value));
  return out;
}

/** Demands equal values where engines have no choice, and values within the bound elsewhere. */
function agree(
  evidence: Evidence,
  name: string,
  actual: Snapshot,
  expected: Snapshot,
  error: number,
  device: DeviceName,
): void {
  const [type, wanted] = [actual, expected].map(({ dtype, shape }) =>
    `${dtype}[${shape.join(", ")}]`
  );
  const what = `"${device}" computes something else than the reference device`;
  evidence.compared();
  if (type !== wanted) throw new Refutation({ what, where: name, expected: wanted, actual: type });
  const [a, b] = [actual, expected].map(({ bytes, dtype }) => decodeNumbers(bytes, dtype));
  evidence.compared(a.length).note("agreement", error === 0 ? "exact" : "within a bound", a.length);
  for (let i = 0; i < a.length; i++) {
    if (sameNumber(a[i], b[i]) || Math.abs(a[i] - b[i]) <= error) continue;
    throw new Refutation({
      what,
      where: `${name}${indexText(i, actual.shape)}`,
      expected: elementText(expected, i) + (error === 0 ? "" : ` within ${error.toExponential(1)}`),
      actual: elementText(actual, i),
    });
  }
}
