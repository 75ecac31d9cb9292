import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ShapeError, tensor, zeros } from "../core/mod.ts";
import { Embeddings, SinusoidalPositionalEncoding } from "./mod.ts";
import { assertClose } from "./testdata/close.ts";

for (const dModel of [1, 2, 3, 4, 7, 8]) {
  Deno.test(`SinusoidalPositionalEncoding of width ${dModel} is the formula, rounded once`, async () => {
    const { pe } = new SinusoidalPositionalEncoding(dModel, { maxLen: 300 });
    assertEquals(pe.shape, [1, 300, dModel]);
    const data = await pe.data();
    for (let pos = 0; pos < 300; pos++) {
      for (let column = 0; column < dModel; column++) {
        const i = Math.floor(column / 2);
        const angle = pos / 10000 ** (2 * i / dModel);
        const value = column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
        assertEquals(data[pos * dModel + column], Math.fround(value));
      }
    }
  });
}

Deno.test("SinusoidalPositionalEncoding adds the first rows, and refuses longer input", async () => {
  const encoding = new SinusoidalPositionalEncoding(4, { maxLen: 6 });
  const y = encoding.forward(zeros([2, 6, 4]));
  assertEquals(await y.select(0, 1).tolist(), await encoding.pe.select(0, 0).tolist());
  assertEquals(encoding.forward(zeros([3, 4])).shape, [3, 4]);
  assertEquals(encoding.forward(zeros([2, 0, 4])).shape, [2, 0, 4]);
  assertThrows(
    () => encoding.forward(zeros([1, 7, 4])),
    ShapeError,
    "a sequence of 7 is longer than the table of 6 positions",
  );
  assertThrows(() => encoding.forward(zeros([1, 2, 3])), ShapeError, "[N, seqLen, 4]");
  assertEquals(encoding.parameters(), []);
  assertEquals(String(encoding), "SinusoidalPositionalEncoding(4, max_len=6)");
});

Deno.test("SinusoidalPositionalEncoding drops out if asked to", async () => {
  const encoding = new SinusoidalPositionalEncoding(2, { maxLen: 3, dropout: 1 });
  assertEquals(await encoding.forward(zeros([3, 2])).tolist(), [[0, 0], [0, 0], [0, 0]]);
  assert((await encoding.eval().forward(zeros([3, 2])).data()).some((value) => value !== 0));
  assert(String(encoding).includes("(dropout): Dropout(p=1, inplace=False)"));
});

Deno.test("Embeddings is the layer of the article, with its values", async () => {
  const model = new Embeddings(5, 3);
  assertEquals([...model.stateDict()].map(([key, { shape }]) => [key, ...shape]), [
    ["pe", 1, 5000, 3],
    ["embs.weight", 5, 3],
  ]);
  assertEquals(model.namedParameters().map(([name]) => name), ["embs.weight"]);
  assertEquals(model.namedBuffers().map(([name]) => name), ["pe"]);
  const rows = [[0, 1, 0], [0.8415, 0.5403, 0.0022], [0.9093, -0.4161, 0.0043], [
    0.1411,
    -0.99,
    0.0065,
  ]];
  await assertClose(model.pe.select(0, 0).narrow(0, 0, 4), rows, "pe", 5e-5);
  await assertClose(model.pe.select(1, 4999), [[-0.6639, -0.7478, -0.9747]], "pe", 5e-5);

  model.eval();
  const words = tensor([[1n, 4n, 0n], [2n, 2n, 3n]]);
  const y = model.forward(words);
  assertEquals(y.shape, [2, 3, 3]);
  const scaled = model.embs.weight.mul(Math.sqrt(3));
  const expected = scaled.select(0, 2).add(model.pe.select(0, 0).select(0, 1));
  await assertClose(y.select(0, 1).select(0, 1), await expected.tolist() as number[]);
  y.sum().backward();
  assertStrictEquals(model.pe.grad, null);
});
