/**
 * @module
 */
import { type DType, DTYPES, fromStorage, stats, Storage, type Tensor } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { Adam } from "../../../nn/optim/mod.ts";
import { buildTensor, seeds } from "../../argument.ts";
import { demand, sameBits, sameList, snapshots } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { isFloating } from "../../examine.ts";
import { fc } from "../../fast_check.ts";
import { encodeNumbers } from "../../fill.ts";
import { randomStream } from "../../hash.ts";
import { Evidence, type Law, law } from "../../law.ts";
import { tieGroups } from "../../state.ts";
import { registered } from "../../walk.ts";

/** A case of {@linkcode roundTrip}. */
export interface RoundTripCase {
  /** The seed of the instance, its gradients and the bits. */
  seed: number;
  /** The dtype of its floating tensors. */
  dtype: DType;
  /** How many elements the buffers of each dtype have. */
  length: number;
}

/** To another device and back again is as if nothing had been. */
export const roundTrip: Law<RoundTripCase> = law({
  id: "device/round-trip",
  claim:
    "A module that goes to another device and comes back has the bits that it had, of every dtype, NaN payloads and signs of zero included; what is tied travels once; gradients and the state of optimizers go along.",
  source: "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
  needs: ["module", "state"],
  runs: 8,
  detects: ["trip-loses-signs-of-zero", "trip-moves-ties-twice", "trip-forgets-optimizers"],
  axes: () => ({ dtype: ["float32", "float64", "float16", "bfloat16"] }),
  cases: () => fc.record({ seed: seeds(), length: fc.integer({ min: 1, max: 9 }) }),
  async check(context, { seed, dtype, length }) {
    const evidence = new Evidence().note("dtype", dtype);
    const module = await context.make(seed);
    const optimizer = train(context, module, seed);
    if (dtype !== "float32") await context.wait(`to("${dtype}")`, () => module.to(dtype));
    addBits(context, module, length, seed);

    const names = everything(module, optimizer);
    const before = await snapshots(names);
    const ties = tieGroups(names);
    const storages = new Set(names.map(([, { storage }]) => storage));
    const bytes = [...storages].reduce((sum, { nbytes }) => sum + nbytes, 0);
    for (const device of [context.otherDevice, context.device]) {
      const { bytesMoved } = stats();
      await context.wait(`to("${device}")`, () => module.to(device));
      const moved = stats().bytesMoved - bytesMoved;
      // Each byte is read on one side and written on the other.
      demand(evidence, moved <= 2 * bytes, {
        what: "to() moves more bytes than there are: what is tied travels more than once",
        where: `to("${device}")`,
        expected: `at most ${2 * bytes} bytes`,
        actual: `${moved} bytes`,
      });
      const there = everything(module, optimizer);
      sameList(evidence, "to() changes the names", "names", there.map(nameOf), names.map(nameOf));
      there.forEach(([name, value], i) => {
        demand(evidence, value.device === device, {
          what: "to() leaves behind what belongs to the module",
          where: name,
          expected: `on "${device}"`,
          actual: `on "${value.device}"`,
        });
        demand(evidence, value === names[i][1], {
          what: "to() replaces the object",
          where: name,
          expected: "the same object",
          actual: "another object",
        });
      });
      sameList(evidence, "to() unties what shares memory", "ties", tieGroups(there), ties);
    }
    for (const [name, value] of await snapshots(everything(module, optimizer))) {
      sameBits(evidence, "There and back again changes bits", name, value, before.get(name)!);
    }
    evidence.note("tied", ties.length > 0).note("optimizer", optimizer !== null);
    return evidence;
  },
});

const nameOf = ([name]: readonly [string, Tensor]): string => name;

/** What belongs to a module: its tensors, their gradients, and what an optimizer keeps for them. */
function everything(module: Module, optimizer: Adam | null): [string, Tensor][] {
  const names = registered(module);
  const gradients = names.flatMap(([name, { grad }]): [string, Tensor][] =>
    grad === null ? [] : [[`${name}.grad`, grad]]
  );
  const parameters = optimizer === null ? [] : module.namedParameters();
  const moments = parameters.flatMap(([name, parameter]) =>
    optimizer!.tensorsOf(parameter).map((
      value,
      i,
    ): [string, Tensor] => [`${name} moment ${i}`, value])
  );
  return [...names, ...gradients, ...moments];
}

/** Gives the smallest parameters gradients, and an optimizer something to keep for them. */
function train(context: Context, module: Module, seed: number): Adam | null {
  const trained = module.parameters().filter((parameter) =>
    isFloating(parameter) && (context.info.float64 || parameter.dtype !== "float64")
  ).sort((a, b) => a.numel - b.numel).slice(0, 2);
  if (trained.length === 0) return null;
  trained.forEach((parameter, i) => {
    const spec = { tensor: parameter.shape, dtype: parameter.dtype, fill: "normal" as const };
    parameter.grad = buildTensor({ ...spec, seed: seed ^ i }, context.device);
  });
  const optimizer = new Adam(trained, { lr: 0.01 });
  context.call("An optimizer's step", () => optimizer.step());
  return optimizer;
}

/** Adds a buffer of every dtype with any bits at all, and the special numbers of floats. */
function addBits(context: Context, module: Module, length: number, seed: number): void {
  const next = randomStream(seed);
  for (const [dtype, { itemSize, kind }] of Object.entries(DTYPES)) {
    const random = Uint8Array.from(
      { length: length * itemSize },
      () => Math.floor(next() * (kind === "bool" ? 2 : 256)),
    );
    const special = kind === "float"
      ? encodeNumbers([-0, NaN, 1e-45, -Infinity], dtype as DType)
      : [];
    const bytes = Uint8Array.from([...special, ...random]);
    const storage = Storage.fromBytes(dtype as DType, bytes, context.device);
    const shape = [bytes.length / itemSize];
    module.registerBuffer(`any_${dtype}`, fromStorage(storage, { shape }));
  }
}
