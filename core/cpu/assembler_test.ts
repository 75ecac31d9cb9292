import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  call,
  type Code,
  F64,
  Func,
  I32,
  i32,
  I64,
  i64,
  lane,
  ModuleBuilder,
  op,
  select,
  sleb,
  uleb,
} from "./assembler.ts";
import { OPCODES } from "./opcodes.ts";

const MEMORY = { shared: false, maximum: 1 };

/** Compiles one module and gives its exports. */
function exportsOf<T>(module: ModuleBuilder, host: Record<string, () => number> = {}): T {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const compiled = new WebAssembly.Module(module.encode(MEMORY));
  return new WebAssembly.Instance(compiled, { env: { memory, ...host } }).exports as T;
}

Deno.test("uleb() and sleb() write numbers that the engine reads back", () => {
  assertEquals(uleb(624485), [0xe5, 0x8e, 0x26]);
  assertEquals(sleb(-123456), [0xc0, 0xbb, 0x78]);
  fc.assert(fc.property(fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), fc.integer(), (long, short) => {
    const module = new ModuleBuilder();
    const f = new Func([], [I64]), g = new Func([], [I32]);
    f.emit(i64(long));
    g.emit(i32(short));
    module.add(f, "f");
    module.add(g, "g");
    const made = exportsOf<{ f: () => bigint; g: () => number }>(module);
    assertEquals([made.f(), made.g()], [long, short]);
  }));
});

Deno.test("Func loops, branches and calls", () => {
  const module = new ModuleBuilder();
  const square = module.add(new Func([I32], [I32]));
  square.emit(op("i32.mul", square.param(0), square.param(0)));
  const f = new Func([I32], [I32]);
  const sum = f.local(I32);
  f.while(() => f.param(0), () => {
    f.if(
      op("i32.and", f.param(0), i32(1)),
      () => f.bump(sum, call(square, f.param(0))),
      () => f.bump(sum, i32(1)),
    );
    f.bump(f.param(0), i32(-1));
  });
  f.emit(select(sum, i32(-1), op("i32.ne", sum, i32(0))));
  module.add(f, "f");
  const { f: run } = exportsOf<{ f: (n: number) => number }>(module);
  assertEquals([0, 1, 5, 6].map((n) => run(n)), [-1, 1, 1 + 9 + 25 + 2, 1 + 9 + 25 + 3]);
});

Deno.test("Func.ifRarely() branches as if() does, and its place is in the module's hints", () => {
  const f = new Func([I32], [I32]);
  const result = f.let(I32, i32(1));
  f.ifRarely(f.param(0), () => f.set(result, i32(2)));
  f.emit(result);
  const module = new ModuleBuilder();
  module.add(new Func([]));
  module.add(f, "f");
  const { f: run } = exportsOf<{ f: (n: number) => number }>(module);
  assertEquals([run(0), run(1)], [1, 2]);

  const bytes = module.encode(MEMORY);
  const compiled = new WebAssembly.Module(bytes);
  const [hints] = WebAssembly.Module.customSections(compiled, "metadata.code.branch_hint");
  // One function, the second; one hint: where, of one byte, not taken.
  const body = f.encode().flat(9) as number[];
  const where = body.findIndex((byte, i) => byte === 0x04 && body[i + 1] === 0x40);
  assertEquals([...new Uint8Array(hints)], [1, 1, 1, where - 1, 1, 0]);
});

Deno.test("ModuleBuilder imports a host function once", () => {
  const module = new ModuleBuilder();
  const host = module.import("seven", [], [F64]);
  assertEquals(module.import("seven", [], [F64]), host);
  const f = new Func([], [F64]);
  f.emit(op("f64.add", call(host), call(host)));
  module.add(f, "f");
  assertEquals(exportsOf<{ f: () => number }>(module, { seven: () => 7 }).f(), 14);
});

Deno.test("Func.constant() holds equal vectors in one local", () => {
  const f = new Func([], [I32]);
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  assertEquals(f.constant(bytes), f.constant(bytes.slice()));
  f.emit(lane("i32x4.extract_lane", 2, f.constant(bytes)));
  const module = new ModuleBuilder();
  module.add(f, "f");
  assertEquals(exportsOf<{ f: () => number }>(module).f(), 0x0b0a0908);
});

/** Operand types by an instruction's name, as far as names tell. */
function arity(name: string): { operands: Code[]; drop: Code[] } | null {
  if (!/^(f32x4|f64x2|i32x4|i64x2)\./.test(name)) return null;
  if (/splat|lane|shl|shr|all_true|bitmask|relaxed/.test(name)) return null;
  const unary = /\.(abs|neg|sqrt|ceil|floor|trunc|nearest|convert|extend|promote|demote|trunc_sat)/;
  const zero: Code = [OPCODES["v128.const"], ...new Uint8Array(16)];
  return { operands: unary.test(name) ? [zero] : [zero, zero], drop: [[0x1a]] };
}

Deno.test("Every vector instruction of the table validates under its name", () => {
  let tried = 0;
  for (const name of Object.keys(OPCODES)) {
    const shape = arity(name);
    if (shape === null) continue;
    const f = new Func([]);
    f.emit([op(name, ...shape.operands), ...shape.drop]);
    const module = new ModuleBuilder();
    module.add(f);
    assert(WebAssembly.validate(module.encode(MEMORY)), name);
    tried++;
  }
  assert(tried > 80);
});
