import { assert, assertEquals, assertThrows } from "@std/assert";
import { DTypeError, manualSeed, ones, Tensor, tensor, zeros } from "../mod.ts";
import { forDevices } from "../testdata/devices.ts";
import { elements } from "../testdata/elements.ts";

const NUMBER = [
  "add_ sub_ mul_ div_ pow_ remainder_ floorDivide_ fmod_ atan2_ copysign_ hypot_ xlogy_",
  "logicalAnd_ logicalOr_ logicalXor_ eq_ ne_ lt_ le_ gt_ ge_",
].join(" ").split(" ");
const INTEGER = "gcd_ lcm_ bitwiseAnd_ bitwiseOr_ bitwiseXor_ bitwiseLeftShift_ bitwiseRightShift_"
  .split(
    " ",
  );
const UNARY = [
  "relu_ neg_ abs_ exp_ log_ sqrt_ rsqrt_ sin_ cos_ tanh_ sigmoid_ floor_ ceil_ round_ trunc_ sign_",
  "exp2_ expm1_ log2_ log10_ log1p_ tan_ asin_ acos_ atan_ sinh_ cosh_ asinh_ acosh_ atanh_ erf_ erfc_ erfinv_",
  "lgamma_ digamma_ square_ reciprocal_ frac_ sinc_ deg2rad_ rad2deg_ logicalNot_ logit_ nanToNum_ silu_ hardsigmoid_",
  "hardswish_ mish_ relu6_ selu_ gelu_ elu_ celu_ leakyRelu_ hardtanh_ tril_ triu_",
].join(" ").split(" ");
/** Those that write what does not depend on the tensor. */
const WRITES = new Set(
  "requiresGrad_ copy_ fill_ zero_ uniform_ normal_ bernoulli_ indexPut_".split(" "),
);
/** Those whose gradient is an error. */
const UNDIFFERENTIABLE = new Set(["nextafter_"]);
const a = (device: Tensor["device"]) => tensor([0.5, 2], { device });

/** Those that change the shape, not the values: `relayout_test.ts` has them. */
const SHAPES = new Set(["transpose_", "t_", "squeeze_", "unsqueeze_"]);

/** The arguments of each in-place operation on a float matrix, and another dtype where it needs one. */
function calls(device: Tensor["device"]): [string, unknown[], "int32"?][] {
  const index = tensor([1n], { device }), row = tensor([[7, 8]], { device });
  return [
    ...UNARY.map((name): [string, unknown[]] => [name, []]),
    ...NUMBER.map((name): [string, unknown[]] => [name, [1.5]]),
    ...NUMBER.map((name): [string, unknown[]] => [name, [a(device)]]),
    ...INTEGER.map((name): [string, unknown[], "int32"] => [name, [3], "int32"]),
    ["bitwiseNot_", [], "int32"],
    ["clamp_", [0.2, 0.6]],
    ["lerp_", [a(device), 0.25]],
    ["addcdiv_", [a(device), tensor([3, 4], { device }), { value: 2 }]],
    ["addcmul_", [a(device), tensor([3, 4], { device }), { value: 2 }]],
    ["maskedFill_", [tensor([true, false], { device }), 9]],
    ["heaviside_", [a(device)]],
    ["nextafter_", [a(device)]],
    ["logit_", [0.3]],
    ["nanToNum_", [1, 2, 3]],
    ["gelu_", [{ approximate: "tanh" }]],
    ["elu_", [0.5]],
    ["celu_", [0.5]],
    ["leakyRelu_", [0.5]],
    ["hardtanh_", [-0.25, 0.25]],
    ["tril_", [-1]],
    ["triu_", [1]],
    ["cumsum_", [0]],
    ["cumprod_", [1]],
    ["scatter_", [0, tensor([[1n, 0n]], { device }), row]],
    ["scatterAdd_", [0, tensor([[1n, 0n]], { device }), row]],
    ["indexAdd_", [0, index, row]],
    ["indexCopy_", [0, index, row]],
    ["indexFill_", [0, index, 5]],
  ];
}

type Methods = Record<string, (...args: unknown[]) => Tensor>;
const methods = (x: Tensor) => x as unknown as Methods;
const START = [[0.25, -0.5], [0.75, 1.5]];

Deno.test("every operation in place is known to the tests", () => {
  const known = new Set(calls("reference").map(([name]) => name));
  const own = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => name.endsWith("_"));
  assertEquals(
    own.filter((name) => !known.has(name) && !WRITES.has(name) && !SHAPES.has(name)),
    [],
  );
});

forDevices("an operation in place writes what its form out of place gives", async (device) => {
  for (const [name, args, dtype] of calls(device)) {
    const x = tensor(START, { device }), source = dtype === undefined ? x : x.mul(8).type(dtype);
    const expected = methods(source)[name.slice(0, -1)](...args).type(source.dtype);
    const whole = source.clone();
    assert(methods(whole)[name](...args) === whole, name);
    assertEquals(await elements(whole), await elements(expected), name);
    // Through a view, whose surroundings stay.
    const large = zeros([3, 4], { device, dtype: source.dtype });
    const view = large.at("1:", "1:3");
    view.copy_(source);
    methods(view)[name](...args);
    assertEquals(await elements(view.clone()), await elements(expected), name);
    assertEquals(await large.at(0).any().item(), false, name);
    assertEquals(await large.at(":", 3).any().item(), false, name);
  }
});

forDevices("an operation in place has the gradient of its form out of place", async (device) => {
  const weight = tensor([[1, 2], [3, 4]], { device });
  for (const [name, args, dtype] of calls(device)) {
    if (dtype !== undefined || UNDIFFERENTIABLE.has(name)) continue;
    const x = tensor(START, { device, requiresGrad: true });
    const y = tensor(START, { device, requiresGrad: true });
    const out = methods(x.mul(1))[name.slice(0, -1)](...args).type("float32");
    methods(y.mul(1))[name](...args).mul(weight).sum().backward();
    // What is flat has no history out of place, and the gradient 0 in place.
    if (out.requiresGrad) out.mul(weight).sum().backward();
    const expected = x.grad ?? zeros([2, 2], { device });
    assertEquals(await elements(y.grad!), await elements(expected), name);
  }
});

Deno.test("a result of a higher kind is not written in place", () => {
  const x = tensor([1n, 2n]);
  assertThrows(() => x.exp_(), DTypeError, "exp_: a result of float32 can't be written into int64");
  assertThrows(() => x.xlogy_(2), DTypeError, "xlogy_");
});

forDevices("bernoulli_() draws ones as often as it is told", async (device) => {
  manualSeed(1);
  const x = ones([10000], { device }).bernoulli_(0.3);
  assertEquals(x.dtype, "float32");
  const values = new Set(await elements(x));
  assertEquals([...values].sort(), [0, 1]);
  // Within 5 standard deviations of 3000.
  assert(Math.abs(Number(await x.sum().item()) - 3000) < 230);
  assertEquals(await elements(ones([4], { device, dtype: "int64" }).bernoulli_(0)), [
    0n,
    0n,
    0n,
    0n,
  ]);
  const p = tensor([0, 1, 0, 1], { device });
  assertEquals(await elements(ones([4], { device, dtype: "bool" }).bernoulli_(p)), [0, 1, 0, 1]);
  assertThrows(() => x.bernoulli_(1.5), RangeError, "got 1.5");
});
