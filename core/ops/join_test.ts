import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  arange,
  cat,
  DeviceError,
  IndexError,
  meshgrid,
  ones,
  randn,
  resetStats,
  ShapeError,
  stack,
  stats,
  tensor,
  zeros,
} from "../mod.ts";
import { gradientTest } from "../testdata/support.ts";
import { forDevices } from "../testdata/devices.ts";

forDevices("cat() writes each input by one kernel, a pending sum among them", async (device) => {
  const x = ones([2, 3], { device }).realize(), y = ones([1, 3], { device }).realize();
  resetStats();
  const z = cat([x.add(1).mul(2), y]);
  assertEquals(stats().launches, 2);
  assertEquals(await z.tolist(), [[4, 4, 4], [4, 4, 4], [1, 1, 1]]);
});

gradientTest("cat() has gradients of two orders", async ({ device, dtype, check }) => {
  const d = { device, dtype } as const;
  await check((a, b) => cat([a, b, a], 1), [randn([2, 2], d), randn([2, 1], d)]);
  await check((a, b) => stack([a, b], 1), [randn([2, 2], d), randn([2, 2], d)]);
});

forDevices(
  "cat() skips one-dimensional empty tensors, which still take part in promotion",
  async (device) => {
    const x = cat([zeros([0], { device, dtype: "float64" }), ones([1, 2], { device })]);
    assertEquals([x.dtype, await x.tolist()], ["float64", [[1, 1]]]);
    assertEquals(cat([zeros([0], { device }), zeros([0], { device })]).shape, [0]);
    const leaf = zeros([0], { device, requiresGrad: true });
    cat([leaf, ones([1, 2], { device })]).sum().backward();
    assertEquals(leaf.grad!.shape, [0]);
  },
);

Deno.test("cat() names what does not fit", () => {
  assertThrows(() => cat([]), ShapeError, "at least one");
  assertThrows(() => cat([ones([])]), ShapeError, "tensor 0 has no dimensions");
  assertThrows(
    () => cat([ones([2, 3]), ones([2, 4])]),
    ShapeError,
    "[2, 4] does not go after [2, 3]",
  );
  assertThrows(() => cat([ones([2]), ones([2, 1])]), ShapeError, "tensor 1 of shape [2, 1]");
  assertThrows(() => cat([ones([2])], 1), IndexError, "got 1");
  assertThrows(
    () => cat([ones([1]), ones([1], { device: "reference" })]),
    DeviceError,
    "reference",
  );
  assertThrows(() => stack([ones([2]), ones([3])]), ShapeError, "[3]");
});

forDevices("cat() copies: its result does not follow its inputs", async (device) => {
  const x = ones([2], { device });
  const y = cat([x]);
  x.fill_(5);
  assertEquals(await y.tolist(), [1, 1]);
});

forDevices("split(), chunk() and unbind() are views", async (device) => {
  const x = arange(0, 6, 1, { device, dtype: "float32" }).reshape([2, 3]);
  x.split(2, 1)[1].fill_(-1);
  x.unbind(0)[1].select(0, 0).fill_(9);
  x.chunk(2)[0].select(1, 0).add_(7);
  assertEquals(await x.tolist(), [[7, 1, -1], [9, 4, -1]]);
  for (const part of x.split(1)) assertStrictEquals(part.storage, x.storage);
});

Deno.test("split() and chunk() say why they can't", () => {
  const x = ones([5, 2]);
  assertThrows(() => x.split([2, 2]), ShapeError, "[2, 2] do not add up to 5");
  assertThrows(() => x.split(0), ShapeError, "from 1 up, got 0");
  assertThrows(() => x.chunk(0), ShapeError, "got 0");
  assertThrows(() => ones([]).unbind(), ShapeError, "no slices");
});

gradientTest(
  "flip(), roll() and repeat() have gradients of two orders",
  async ({ device, dtype, check }) => {
    const x = randn([2, 3], { device, dtype });
    await check((x) => x.flip([0, 1]), [x]);
    await check((x) => x.roll([1, -1], [0, 1]), [x]);
    await check((x) => x.repeat([2, 1, 2]), [x]);
    await check((x) => x.repeatInterleave(2, 1), [x]);
  },
);

forDevices(
  "flip() of a view reads through its strides, and keeps what it read",
  async (device) => {
    const x = arange(0, 6, 1, { device }).reshape([2, 3]);
    const y = x.narrow(1, 1, 2).transpose(0, 1).flip([0]);
    x.fill_(0);
    assertEquals(await y.tolist(), [[2, 5], [1, 4]]);
    assertEquals(await ones([2], { device }).flip([0]).tolist(), [1, 1]);
    assertEquals(await tensor(3, { device }).flip([]).item(), 3);
  },
);

Deno.test("roll(), repeat(), repeatInterleave(), movedim() and meshgrid() refuse what has no meaning", () => {
  const x = ones([2, 3]);
  assertThrows(() => x.roll([1, 2]), ShapeError, "2 shifts");
  assertThrows(() => x.roll([1], [0, 1]), ShapeError, "1 shifts for 2 dimensions");
  assertThrows(() => x.repeat([2]), ShapeError, "[2] has fewer");
  assertThrows(() => x.repeat([2, -1]), ShapeError, "[2, -1]");
  assertThrows(
    () => x.repeatInterleave(tensor([1n]).repeat([5]), 1),
    ShapeError,
    "expected 3 counts",
  );
  assertThrows(() => x.movedim([0, 0], [1, 0]), ShapeError, "distinct");
  assertThrows(() => meshgrid([x]), ShapeError, "[2, 3]");
});

forDevices("repeat() of ones copies", async (device) => {
  const x = ones([2], { device });
  x.repeat([1]).fill_(0);
  assertEquals(await x.tolist(), [1, 1]);
});
