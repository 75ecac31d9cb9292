import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotInstanceOf,
  assertNotMatch,
  assertNotStrictEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
  unimplemented,
  unreachable,
} from "@std/assert";

/** Uses no assertion of the module under test, so that a broken one can't hide itself. */
function fails(fn: () => unknown, part = ""): void {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    if (!error.message.includes(part)) throw new Error(`Unexpected message: ${error.message}`);
    return;
  }
  throw new Error(`Expected to fail: ${fn}`);
}

async function failsLater(fn: () => Promise<unknown>, part = ""): Promise<void> {
  let error: unknown;
  await fn().catch((reason) => error = reason);
  fails(() => {
    if (error !== undefined) throw error;
  }, part);
}

function truths(cases: [unknown, unknown, boolean][]): void {
  for (const [a, b, expected] of cases) {
    for (const [x, y] of [[a, b], [b, a]]) {
      if (equal(x, y) !== expected) {
        throw new Error(`equal(${Deno.inspect(x)}, ${Deno.inspect(y)}) is not ${expected}`);
      }
    }
  }
}

Deno.test("equal() takes NaN for NaN and -0 for 0, in typed arrays too", () => {
  truths([
    [NaN, NaN, true],
    [0, -0, true],
    [[NaN], [NaN], true],
    [new Float32Array([NaN, 0]), new Float32Array([NaN, -0]), true],
    [new Float32Array([1]), new Float32Array([2]), false],
    [new Float32Array([1]), new Float64Array([1]), false],
    [new Uint8Array([1]), new Uint8Array([1, 0]), false],
    [new BigInt64Array([1n]), new BigInt64Array([1n]), true],
    [1, 1n, false],
    [1n, 1n, true],
    ["1", 1, false],
    [null, undefined, false],
  ]);
});

Deno.test("equal() looks into objects, arrays, symbols and classes", () => {
  const key = Symbol("key");
  class A {
    constructor(readonly x: number) {}
  }
  class B {
    constructor(readonly x: number) {}
  }
  truths([
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1, b: undefined }, { a: 1 }, false],
    [{ a: undefined }, { b: undefined }, false],
    [[1, 2], [1, 2, 3], false],
    [[1, 2], [2, 1], false],
    [{ [key]: 1 }, { [key]: 1 }, true],
    [{ [key]: 1 }, { [Symbol("key")]: 1 }, false],
    [new A(1), new A(1), true],
    [new A(1), new A(2), false],
    [new A(1), new B(1), false],
    [new A(1), { x: 1 }, false],
    [Object.create(null), {}, true],
    [[], {}, false],
    [/a/g, /a/g, true],
    [/a/g, /a/i, false],
    [new URL("http://a/"), new URL("http://a/"), true],
    [new Date(5), new Date(5), true],
    [new Date(5), new Date(6), false],
    [new Date(NaN), new Date(NaN), true],
  ]);
});

Deno.test("equal() compares Map and Set without their order", () => {
  truths([
    [new Set([1, 2]), new Set([2, 1]), true],
    [new Set([1, 2]), new Set([1, 3]), false],
    [new Set([{ a: 1 }]), new Set([{ a: 1 }]), true],
    [new Set([{ a: 1 }]), new Set([{ a: 2 }]), false],
    [new Map([["a", [1]], ["b", [2]]]), new Map([["b", [2]], ["a", [1]]]), true],
    [new Map([["a", 1]]), new Map([["a", 2]]), false],
    [new Map([["a", 1]]), new Map([["b", 1]]), false],
    [new Map([[{ k: 1 }, "x"]]), new Map([[{ k: 1 }, "x"]]), true],
    [new Map([[{ k: 1 }, "x"]]), new Map([[{ k: 1 }, "y"]]), false],
    [new Map(), new Set(), false],
  ]);
});

Deno.test("equal() ends on cycles", () => {
  const a: { self?: unknown; n: number } = { n: 1 };
  const b: { self?: unknown; n: number } = { n: 1 };
  a.self = a;
  b.self = b;
  truths([[a, b, true]]);
  b.n = 2;
  truths([[a, b, false]]);
});

Deno.test("assert() and assertFalse() go by truthiness", () => {
  assert(1);
  assertFalse(0);
  fails(() => assert(""), "");
  fails(() => assert(false, "why"), "why");
  fails(() => assertFalse("x", "why"), "why");
});

Deno.test("assertEquals() and assertNotEquals() compare deeply", () => {
  assertEquals({ a: [1] }, { a: [1] });
  assertNotEquals({ a: [1] }, { a: [2] });
  fails(() => assertEquals([1, 2], [1, 3]), "Values are not equal.");
  fails(() => assertEquals([1, 2], [1, 3]), "3");
  fails(() => assertEquals(1, 2, "because"), "Values are not equal: because");
  fails(() => assertNotEquals([1], [1]), "not to be");
});

Deno.test("assertStrictEquals() and assertNotStrictEquals() compare identity", () => {
  const array = [1];
  assertStrictEquals(array, array);
  assertStrictEquals(NaN, NaN);
  assertNotStrictEquals(array, [1]);
  assertNotStrictEquals<number>(0, -0);
  fails(() => assertStrictEquals(array, [1]), "not reference-equal");
  fails(() => assertStrictEquals<number>(0, -0));
  fails(() => assertStrictEquals<number>(1, 2), "not strictly equal");
  fails(() => assertNotStrictEquals(1, 1), "not be strictly equal");
});

Deno.test("assertAlmostEquals() allows a ten-millionth unless told otherwise", () => {
  assertAlmostEquals(1.00000001, 1);
  assertAlmostEquals(1.05, 1, 0.1);
  assertAlmostEquals(NaN, NaN);
  assertAlmostEquals(Infinity, Infinity);
  fails(() => assertAlmostEquals(1.000001, 1), "to be close to");
  fails(() => assertAlmostEquals(1.2, 1, 0.1), "is greater than");
  fails(() => assertAlmostEquals(NaN, 1));
  fails(() => assertAlmostEquals(1, Infinity));
});

Deno.test("assertGreater(), assertLess() and their or-equal forms order values", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(1, 1);
  assertLess(1n, 2n);
  assertLessOrEqual("a", "a");
  fails(() => assertGreater(1, 1), "Expect 1 > 1");
  fails(() => assertGreaterOrEqual(0, 1), "Expect 0 >= 1");
  fails(() => assertLess(1, 1), "Expect 1 < 1");
  fails(() => assertLessOrEqual(NaN, 1), "Expect NaN <= 1");
});

Deno.test("assertExists() refuses only null and undefined", () => {
  assertExists(0);
  assertExists("");
  fails(() => assertExists(null), "null or undefined");
  fails(() => assertExists(undefined), "null or undefined");
});

Deno.test("assertInstanceOf() and assertNotInstanceOf() follow the class", () => {
  const error: unknown = new RangeError("x");
  assertInstanceOf(error, Error);
  assertEquals(error.message, "x");
  assertNotInstanceOf(error, TypeError);
  fails(() => assertInstanceOf(1, Number), 'instance of "Number"');
  fails(() => assertInstanceOf(error, TypeError), 'instance of "TypeError"');
  fails(() => assertNotInstanceOf(error, Error), 'not be an instance of "Error"');
});

Deno.test("assertStringIncludes(), assertMatch() and assertNotMatch() read strings", () => {
  assertStringIncludes("abc", "b");
  assertMatch("abc", /b./);
  assertNotMatch("abc", /d/);
  fails(() => assertStringIncludes("abc", "d"), "to contain");
  fails(() => assertMatch("abc", /d/), "to match");
  fails(() => assertNotMatch("abc", /b/), "to not match");
});

Deno.test("assertArrayIncludes() looks for equal elements", () => {
  assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]);
  assertArrayIncludes(new Uint8Array([1, 2]), new Uint8Array([2]));
  fails(() => assertArrayIncludes([1, 2], [2, 3]), "missing");
});

Deno.test("assertObjectMatch() ignores what was not asked for", () => {
  class Point {
    constructor(readonly x: number, readonly y: { z: number; w: number }) {}
  }
  assertObjectMatch({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } });
  assertObjectMatch({ list: [{ a: 1, b: 2 }] }, { list: [{ a: 1 }] });
  assertObjectMatch({ p: new Point(1, { z: 2, w: 3 }) }, { p: { y: { z: 2 } } });
  assertObjectMatch({ m: new Map([["a", 1], ["b", 2]]) }, { m: new Map([["b", 2]]) });
  fails(() => assertObjectMatch({ a: 1 }, { a: 2 }));
  fails(() => assertObjectMatch({ a: 1 }, { b: 1 }));
  fails(() => assertObjectMatch({ a: { b: 1 } }, { a: { b: 1, c: 2 } }));
  fails(() => assertObjectMatch({ list: [1] }, { list: [1, 2] }));
});

Deno.test("assertIsError() looks at class and message", () => {
  const error: unknown = new RangeError("three of four");
  assertIsError(error);
  assertIsError(error, RangeError, "of four");
  assertIsError(error, Error, /three/);
  fails(() => assertIsError("text"), "to be an Error object");
  fails(() => assertIsError(error, TypeError), 'instance of "TypeError", but was "RangeError"');
  fails(() => assertIsError(error, RangeError, "five"), "to include");
  fails(() => assertIsError(error, RangeError, /five/), "to include");
});

Deno.test("assertThrows() returns the error and refuses another one", () => {
  class Refusal extends Error {
    constructor(readonly code: number) {
      super(`code ${code}`);
    }
  }
  const refuse = () => {
    throw new Refusal(7);
  };
  assertEquals(assertThrows(refuse, Refusal, "code 7").code, 7);
  assertInstanceOf(assertThrows(refuse), Refusal);
  fails(() => assertThrows(() => {}), "Expected function to throw.");
  fails(() => assertThrows(() => {}, "reason"), "Expected function to throw: reason");
  fails(() => assertThrows(refuse, TypeError), 'instance of "TypeError"');
  fails(() => assertThrows(refuse, Refusal, "code 8"), "to include");
  fails(
    () =>
      assertThrows(() => {
        throw "text";
      }, Error),
    "non-Error object",
  );
});

Deno.test("assertRejects() returns the error and refuses a function that throws at once", async () => {
  const refuse = () => Promise.reject(new RangeError("no room"));
  assertEquals((await assertRejects(refuse, RangeError, "room")).message, "no room");
  assertInstanceOf(await assertRejects(refuse), RangeError);
  await failsLater(() => assertRejects(() => Promise.resolve(1)), "Expected function to reject.");
  await failsLater(() => assertRejects(refuse, TypeError), 'instance of "TypeError"');
  await failsLater(() => assertRejects(refuse, RangeError, "space"), "to include");
  await failsLater(
    () =>
      assertRejects(() => {
        throw new Error("at once");
      }),
    "throws when expected to reject",
  );
});

Deno.test("fail(), unreachable() and unimplemented() never return", () => {
  fails(() => fail("so"), "Failed assertion: so");
  fails(() => unreachable(), "Unreachable");
  fails(() => unimplemented("yet"), "Unimplemented: yet");
});
