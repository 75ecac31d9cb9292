import { assertEquals } from "@std/assert";
import { deviceInfo } from "../core/mod.ts";
import { BatchNorm1d, Dropout, Linear, type Module, Sequential } from "../nn/mod.ts";
import { Context } from "./context.ts";
import {
  contentsIn,
  contentsOf,
  flagsIn,
  type Instance,
  parametersOnce,
  partsOnce,
} from "./instance.ts";
import { subject } from "./subject.ts";

const instanceOf = (make: () => Module): Promise<Instance> =>
  new Context(subject("M", make), deviceInfo("cpu")).instance(1);

Deno.test("flagsIn() tells who asks for gradients, modes, and whether operations are recorded", async () => {
  const instance = await instanceOf(() => new Sequential(new Linear(2, 2)));
  await instance.requireGrad(false, ["0.bias"]);
  await (await instance.part("0")).train(false);
  assertEquals(flagsIn(await instance.list()), [
    "0.weight requiresGrad=true",
    "0.bias requiresGrad=false",
    " training=true",
    "0 training=false",
    "recording=true",
  ]);
});

Deno.test("partsOnce() lists a shared module under its first name", async () => {
  const drop = new Dropout(0.5);
  const instance = await instanceOf(() => new Sequential(drop, drop, new Linear(2, 2)));
  const names = partsOnce(await instance.list()).map(({ name }) => name);
  assertEquals(names, ["", "0", "2"]);
});

Deno.test("parametersOnce() lists a shared parameter under its first name", async () => {
  const shared = new Linear(2, 2);
  const instance = await instanceOf(() => new Sequential(shared, new BatchNorm1d(2), shared));
  const names = parametersOnce(await instance.list()).map(({ name }) => name);
  assertEquals(names, ["0.weight", "0.bias", "1.weight", "1.bias"]);
});

Deno.test("inputs() tells what became of the arguments, by the places of their contents", async () => {
  const instance = await instanceOf(() => new Dropout(0.5));
  const x = contentsOf({ tensor: [2], dtype: "float32", fill: "ones", seed: 0 });
  for (const inputGradients of [false, true]) {
    const inputs = await (await instance.forward([x], { inputGradients })).inputs();
    const expected = contentsIn([x]).map(([place, contents]) =>
      [place, { ...contents, requiresGrad: inputGradients }] as const
    );
    assertEquals([...inputs], expected);
  }
});
