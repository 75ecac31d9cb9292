/** Every misuse raises its named class at the call, with the values in the message. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  AutogradError,
  cat,
  crossEntropy,
  DeviceError,
  dropout,
  type DType,
  DTypeError,
  empty,
  fromStorage,
  full,
  IndexError,
  layerNorm,
  linear,
  linspace,
  mseLoss,
  type Nested,
  nllLoss,
  noGrad,
  ones,
  rand,
  randint,
  ShapeError,
  Storage,
  type Tensor,
  tensor,
  where,
  zeros,
} from "./mod.ts";
import { forDevices, HOST_DEVICES } from "./testdata/devices.ts";
import type { DeviceName } from "./mod.ts";

type ErrorClass = new (message: string) => Error;
/** What is called, the class that it raises, and what its message must hold. */
type Misuse = [string, (device: DeviceName) => unknown, ErrorClass, ...string[]];

const bad = <T>(value: unknown): T => value as T;
const of = (device: DeviceName, shape: number[], dtype: DType = "float32") =>
  ones(shape, { device, dtype });

const MISUSES: Misuse[] = [
  // Shapes.
  [
    "add of shapes that don't broadcast",
    (d) => of(d, [2, 3]).add(of(d, [2])),
    ShapeError,
    "add",
    "[2, 3]",
    "[2]",
  ],
  [
    "where of shapes that don't",
    (d) => where(of(d, [2]).gt(0), of(d, [3]), 0),
    ShapeError,
    "[2]",
    "[3]",
  ],
  [
    "reshape to another count",
    (d) => of(d, [2, 3]).reshape([4]),
    ShapeError,
    "[2, 3]",
    "[4]",
    "6 elements against 4",
  ],
  [
    "reshape with -1 that leaves a rest",
    (d) => of(d, [2, 3]).reshape([4, -1]),
    ShapeError,
    "[4, -1]",
  ],
  ["reshape with two times -1", (d) => of(d, [2, 3]).reshape([-1, -1]), ShapeError, "-1"],
  [
    "view across strides",
    (d) => of(d, [2, 3]).transpose(0, 1).view([6]),
    ShapeError,
    "[3, 2]",
    "reshape()",
  ],
  ["expand of a size", (d) => of(d, [2, 3]).expand([2, 4]), ShapeError, "[2, 3]", "[2, 4]"],
  ["expand to fewer dimensions", (d) => of(d, [2, 3]).expand([3]), ShapeError, "[3]"],
  ["expand with -1 in front", (d) => of(d, [2]).expand([-1, 2]), ShapeError, "[-1, 2]"],
  ["permute with a dimension twice", (d) => of(d, [2, 3]).permute([0, 0]), ShapeError, "[0, 0]"],
  ["permute with one missing", (d) => of(d, [2, 3]).permute([0]), ShapeError, "[0]"],
  ["a dimension out of range", (d) => of(d, [2, 3]).sum(2), IndexError, "sum", "[-2, 1]", "2"],
  ["a dimension below the range", (d) => of(d, [2, 3]).softmax(-3), IndexError, "-3"],
  ["a dimension that is no integer", (d) => of(d, [2, 3]).sum(0.5), IndexError, "0.5"],
  ["a dimension reduced twice", (d) => of(d, [2, 3]).sum([0, -2]), ShapeError, "twice"],
  ["select past the end", (d) => of(d, [2, 3]).select(1, 3), IndexError, "3", "size 3"],
  ["select of a scalar", (d) => of(d, []).select(0, 0), IndexError, "select"],
  [
    "narrow past the end",
    (d) => of(d, [5]).narrow(0, 3, 3),
    IndexError,
    "start 3",
    "length 3",
    "size 5",
  ],
  ["slice with step 0", (d) => of(d, [5]).slice(0, 0, 5, 0), IndexError, "step", "0"],
  [
    "diagonal of one dimension with itself",
    (d) => of(d, [2, 2]).diagonal(0, 1, 1),
    ShapeError,
    "1 and 1",
  ],
  ["unflatten that does not fit", (d) => of(d, [6]).unflatten(0, [4, 2]), ShapeError, "[6]"],
  [
    "asStrided past the storage",
    (d) => of(d, [4]).asStrided([2, 2], [2, 2]),
    ShapeError,
    "element 4",
    "of 4",
  ],
  ["asStrided with a negative stride", (d) => of(d, [4]).asStrided([2], [-1], 3), ShapeError, "-1"],
  [
    "asStrided with too few strides",
    (d) => of(d, [4]).asStrided([2, 2], [1]),
    ShapeError,
    "1 strides",
    "[2, 2]",
  ],
  ["squeeze of a dimension that is not", (d) => of(d, [2]).squeeze(4), IndexError, "4"],
  [
    "matmul of sizes that differ",
    (d) => of(d, [2, 3]).matmul(of(d, [4, 2])),
    ShapeError,
    "[2, 3]",
    "[4, 2]",
    "3 against 4",
  ],
  ["matmul of a scalar", (d) => of(d, []).matmul(of(d, [2])), ShapeError, "matmul", "[]"],
  [
    "matmul of batches that don't broadcast",
    (d) => of(d, [2, 1, 1]).matmul(of(d, [3, 1, 1])),
    ShapeError,
    "[2]",
    "[3]",
  ],
  [
    "linear of a wrong width",
    (d) => linear(of(d, [2, 3]), of(d, [5, 4]), null),
    ShapeError,
    "[2, 3]",
    "[5, 4]",
  ],
  ["layerNorm of a wrong shape", (d) => layerNorm(of(d, [2, 3]), [4]), ShapeError, "[4]", "[2, 3]"],
  [
    "layerNorm with a wrong weight",
    (d) => layerNorm(of(d, [2, 3]), [3], { weight: of(d, [2]) }),
    ShapeError,
    "[3]",
    "[2]",
  ],
  ["mseLoss of two shapes", (d) => mseLoss(of(d, [2]), of(d, [2, 1])), ShapeError, "[2]", "[2, 1]"],
  [
    "crossEntropy with targets of a wrong shape",
    (d) => crossEntropy(of(d, [2, 3]), of(d, [3], "int64")),
    ShapeError,
    "[3]",
    "[2, 3]",
    "[2]",
  ],
  [
    "crossEntropy with probabilities of a wrong shape",
    (d) => crossEntropy(of(d, [2, 3]), of(d, [2, 2])),
    ShapeError,
    "[2, 2]",
  ],
  [
    "crossEntropy of a class too high",
    (d) => crossEntropy(of(d, [1, 3]), tensor([3n], { device: d })),
    IndexError,
    "3",
    "3 classes",
  ],
  [
    "nllLoss of a class below 0",
    (d) => nllLoss(of(d, [1, 3]), tensor([-1n], { device: d })),
    IndexError,
    "-1",
  ],
  [
    "crossEntropy with a reduction that is none",
    (d) => crossEntropy(of(d, [1, 2]), tensor([1n], { device: d }), { reduction: bad("max") }),
    RangeError,
    "max",
  ],
  ["amax over nothing", (d) => of(d, [2, 0]).amax(1), IndexError, "[2, 0]"],
  ["argmin over nothing", (d) => of(d, [0]).argmin(), IndexError, "[0]"],
  ["cat of sizes that differ", (d) => cat([of(d, [2, 2]), of(d, [3, 3])], 0), ShapeError, "[3, 3]"],
  // In place.
  [
    "add_ of a result that does not fit",
    (d) => of(d, [2]).add_(of(d, [3, 2])),
    ShapeError,
    "add_",
    "[3, 2]",
    "[2]",
  ],
  [
    "a write to an expanded tensor",
    (d) => of(d, [1]).expand([3]).fill_(0),
    ShapeError,
    "share memory",
    "clone()",
  ],
  [
    "a float result written into integers",
    (d) => of(d, [2], "int32").mul_(0.5),
    DTypeError,
    "float32",
    "int32",
  ],
  [
    "a float quotient written into integers",
    (d) => of(d, [2], "int64").div_(2),
    DTypeError,
    "float32",
    "int64",
  ],
  // dtypes.
  ["an unknown dtype", (d) => of(d, [2]).type(bad("float31")), DTypeError, "float31", "float32"],
  ["arithmetic of a storage dtype", (d) => of2(d).add(1), DTypeError, "uint16"],
  ["a conversion of a storage dtype", (d) => of2(d).float(), DTypeError, "uint16"],
  ["bitwiseAnd of floats", (d) => of(d, [2]).bitwiseAnd(1), DTypeError, "bitwiseAnd", "float32"],
  ["bitwiseNot of floats", (d) => of(d, [2]).bitwiseNot(), DTypeError, "float32"],
  [
    "shifts of bool",
    (d) => of(d, [2], "bool").bitwiseLeftShift(of(d, [2], "bool")),
    DTypeError,
    "bool",
  ],
  ["neg of bool", (d) => of(d, [2], "bool").neg(), DTypeError, "logicalNot"],
  ["sub of bool", (d) => of(d, [2], "bool").sub(of(d, [2], "bool")), DTypeError, "bool"],
  ["mean of integers", (d) => of(d, [2], "int64").mean(), DTypeError, "int64", "float()"],
  ["var of integers", (d) => of(d, [2], "int64").var(), DTypeError, "int64"],
  ["norm of integers", (d) => of(d, [2], "int64").norm(), DTypeError, "int64"],
  ["argmax of bool", (d) => of(d, [2], "bool").argmax(), DTypeError, "bool"],
  [
    "matmul of two dtypes",
    (d) => of(d, [2]).matmul(of(d, [2], "float64")),
    DTypeError,
    "float32",
    "float64",
  ],
  ["matmul of bool", (d) => of(d, [2], "bool").matmul(of(d, [2], "bool")), DTypeError, "bool"],
  ["where with a float condition", (d) => where(of(d, [2]), 1, 2), DTypeError, "float32"],
  [
    "maskedFill with a float mask",
    (d) => of(d, [2]).maskedFill(of(d, [2]), 0),
    DTypeError,
    "float32",
  ],
  ["a negative power of integers", (d) => of(d, [2], "int32").pow(-1), DTypeError, "-1"],
  [
    "crossEntropy with int8 classes",
    (d) => crossEntropy(of(d, [1, 3]), of(d, [1], "int8")),
    DTypeError,
    "int8",
  ],
  ["dropout of integers", (d) => dropout(of(d, [2], "int64"), 0.5, true), DTypeError, "int64"],
  ["add of a string", (d) => of(d, [2]).add(bad("1")), DTypeError, "string"],
  ["clamp without bounds", (d) => of(d, [2]).clamp(), DTypeError, "clamp"],
  ["gradients of integers", (d) => of(d, [2], "int64").requiresGrad_(), DTypeError, "int64"],
  ["an integer divided by 0", (d) => of(d, [2], "int64").floorDivide(0), RangeError, "int64"],
  // Values.
  [
    "tensor of rows that differ",
    (d) => tensor([[1, 2], [3]], { device: d }),
    ShapeError,
    "length 2",
    "of 1",
  ],
  ["tensor of rows and numbers", (d) => tensor([[1], 2], { device: d }), ShapeError],
  ["tensor of a string", (d) => tensor(bad<Nested>(["1"]), { device: d }), DTypeError, "string"],
  ["tensor of null", (d) => tensor(bad<Nested>([null]), { device: d }), DTypeError, "null"],
  [
    "tensor of a NaN integer",
    (d) => tensor([NaN], { device: d, dtype: "int64" }),
    DTypeError,
    "NaN",
    "int64",
  ],
  [
    "div rounded in an unknown way",
    (d) => of(d, [2]).div(2, { roundingMode: bad("ceil") }),
    RangeError,
    "div",
    "ceil",
  ],
  [
    "div of integers by 0, rounded",
    (d) => of(d, [2], "int32").div(0, { roundingMode: "trunc" }),
    RangeError,
    "div of int32 by 0",
  ],
  [
    "div of bool, rounded",
    (d) => of(d, [2], "bool").div(of(d, [2], "bool"), { roundingMode: "floor" }),
    DTypeError,
    "div",
    "bool",
  ],
  [
    "add of integers times a fraction",
    (d) => of(d, [2], "int64").add(1, { alpha: 1.5 }),
    DTypeError,
    "add",
    "1.5",
  ],
  ["hypot of a string", (d) => of(d, [2]).hypot(bad("1")), DTypeError, "hypot", "string"],
  [
    "hypot of shapes that don't broadcast",
    (d) => of(d, [2, 3]).hypot(of(d, [2])),
    ShapeError,
    "hypot",
    "[2, 3]",
    "[2]",
  ],
  [
    "isclose of two dtypes",
    (d) => of(d, [2]).isclose(of(d, [2], "int64")),
    DTypeError,
    "isclose",
    "float32",
    "int64",
  ],
  ["isclose of a number", (d) => of(d, [2]).isclose(bad(1)), DTypeError, "isclose", "number"],
  [
    "isclose within less than nothing",
    (d) => of(d, [2]).isclose(of(d, [2]), { atol: -1 }),
    RangeError,
    "atol",
    "-1",
  ],
  [
    "heaviside with values of another dtype",
    (d) => of(d, [2]).heaviside(of(d, [2], "int64")),
    DTypeError,
    "heaviside",
    "int64",
  ],
  ["hardtanh of bool", (d) => of(d, [2], "bool").hardtanh(), DTypeError, "hardtanh", "bool"],
  ["hardtanh of bounds that cross", (d) => of(d, [2]).hardtanh(2, 1), RangeError, "got 2 and 1"],
  ["celu with alpha 0", (d) => of(d, [2]).celu(0), RangeError, "celu"],
  [
    "fill_ of integers with Infinity",
    (d) => of(d, [2], "int64").fill_(Infinity),
    DTypeError,
    "Infinity",
    "int64",
  ],
  [
    "zeros of a negative size",
    (d) => zeros([2, -1], { device: d }),
    ShapeError,
    "zeros: ",
    "[2, -1]",
  ],
  ["zeros of a broken size", (d) => zeros([1.5], { device: d }), ShapeError, "[1.5]"],
  ["ones of a negative size", (d) => ones([2, -1], { device: d }), ShapeError, "ones: ", "[2, -1]"],
  ["ones of a number for a shape", (d) => ones(bad(3), { device: d }), ShapeError, "3"],
  [
    "full of an unknown dtype",
    (d) => full([1], 1, { device: d, dtype: bad("int") }),
    DTypeError,
    "int",
  ],
  ["rand of integers", (d) => rand([2], { device: d, dtype: "int64" }), DTypeError, "int64"],
  ["arange that leads away", (d) => arange(0, 5, -1, { device: d }), RangeError, "0", "5", "-1"],
  ["arange by steps of 0", (d) => arange(0, 5, 0, { device: d }), RangeError, "0"],
  ["linspace of a negative count", (d) => linspace(0, 1, -2, { device: d }), ShapeError, "-2"],
  ["randint of an empty range", (d) => randint(5, 5, [1], { device: d }), RangeError, "5 and 5"],
  ["dropout above 1", (d) => dropout(of(d, [2]), 1.5, true), RangeError, "1.5"],
  [
    "fromStorage past the end",
    (d) => fromStorage(Storage.fromBytes("float32", new Uint8Array(8), d), { shape: [3] }),
    ShapeError,
    "[3]",
    "2",
  ],
  [
    "a storage of broken elements",
    (d) => Storage.fromBytes("int32", new Uint8Array(6), d),
    ShapeError,
    "6 bytes",
    "int32",
  ],
  // Devices.
  [
    "two devices in one operation",
    () => ones([2], { device: "cpu" }).add(ones([3, 2], { device: "reference" })),
    DeviceError,
    "[2]",
    '"cpu"',
    "[3, 2]",
    '"reference"',
  ],
  [
    "two devices in a product",
    () => ones([2], { device: "cpu" }).matmul(ones([2], { device: "reference" })),
    DeviceError,
    '"reference"',
  ],
  [
    "fmax across devices",
    () => ones([2], { device: "cpu" }).fmax(ones([2], { device: "reference" })),
    DeviceError,
    "fmax",
    "cpu",
    "reference",
  ],
  [
    "two devices in place",
    () => ones([2], { device: "cpu" }).copy_(ones([2], { device: "reference" })),
    DeviceError,
    "copy_",
  ],
  [
    "two devices in a choice",
    () => where(ones([2], { device: "cpu" }).gt(0), ones([2], { device: "reference" }), 0),
    DeviceError,
  ],
  ["an unknown device", () => ones([2], { device: bad("tpu") }), DeviceError, "tpu", "cpu"],
  // Gradients.
  ["backward without a history", (d) => of(d, []).backward(), AutogradError, "does not require"],
  [
    "backward from several elements",
    (d) => of(d, [2]).requiresGrad_().mul(2).backward(),
    AutogradError,
    "[2]",
  ],
  [
    "backward with a wrong gradient",
    (d) => of(d, [2]).requiresGrad_().mul(2).backward(of(d, [3])),
    ShapeError,
    "[3]",
    "[2]",
  ],
  [
    "a leaf written in place",
    (d) => of(d, [2]).requiresGrad_().mul_(2),
    AutogradError,
    "mul_",
    "[2]",
    "noGrad()",
  ],
  [
    "noGrad of an async function",
    () => noGrad(() => Promise.resolve()),
    AutogradError,
    "synchronous",
  ],
];

const of2 = (device: DeviceName): Tensor =>
  fromStorage(Storage.fromBytes("uint16", new Uint8Array(4), device), { shape: [2] });

/** What only the values show is raised by a GPU at the next read: see `webgpu/device_test.ts`. */
const BY_VALUE = ["crossEntropy of a class too high", "nllLoss of a class below 0"];

forDevices("every misuse raises its class at the call, with the values", (device) => {
  const wrong: string[] = [];
  for (const [what, fn, expected, ...parts] of MISUSES) {
    if (BY_VALUE.includes(what) && !HOST_DEVICES.includes(device)) continue;
    let raised: unknown = null;
    try {
      fn(device);
    } catch (error) {
      raised = error;
    }
    if (!(raised instanceof expected)) {
      wrong.push(`${what}: expected ${expected.name}, got ${raised}`);
      continue;
    }
    if (raised.name === "Error" || raised.constructor !== expected) {
      wrong.push(`${what}: ${raised.name} for ${expected.name}`);
    }
    for (const part of parts) {
      if (!raised.message.includes(part)) {
        wrong.push(`${what}: no "${part}" in "${raised.message}"`);
      }
    }
  }
  assertEquals(wrong, []);
});

forDevices("item() refuses what is not one element, and says the shape", async (device) => {
  for (const x of [of(device, [2]), empty([0], { device })]) {
    const error: unknown = await x.item().catch((error) => error);
    assert(error instanceof ShapeError && error.message.includes(`[${x.shape}]`), String(error));
  }
});

forDevices("a refused operation in place leaves the tensor as it was", async (device) => {
  const x = tensor([1, 2], { device }), i = tensor([1n, 2n], { device });
  assertThrows(() => x.add_(of(device, [3, 2])), ShapeError);
  assertThrows(() => i.mul_(0.5), DTypeError);
  assertThrows(() => i.select(0, 0).div_(2), DTypeError);
  assertEquals([await x.tolist(), await i.tolist()], [[1, 2], [1, 2]]);
  assertEquals([x.storage.version, i.storage.version], [0, 0]);
});

forDevices("an integer divided by zeros in a tensor raises when it is computed", async (device) => {
  const x = tensor([1n, 2n], { device }), zero = tensor([1n, 0n], { device });
  for (const op of ["floorDivide", "remainder", "fmod"] as const) {
    const error: unknown = await x[op](zero).data().then(() => null, (error) => error);
    assert(error instanceof RangeError && error.message.includes("zero"), String(error));
  }
  // In place, the value before is still there.
  x.remainder_(zero);
  await x.data().catch(() => {});
  const y = tensor([-(2n ** 63n)], { device });
  assertEquals(await y.floorDivide(tensor([-1n], { device })).item(), -(2n ** 63n));
  assertEquals(await y.remainder(tensor([-1n], { device })).item(), 0);
  const z = tensor([-(2 ** 31)], { device, dtype: "int32" });
  assertEquals(await z.floorDivide(tensor([-1], { device, dtype: "int32" })).item(), -(2 ** 31));
  assertEquals(await z.fmod(tensor([-1], { device, dtype: "int32" })).item(), 0);
});
