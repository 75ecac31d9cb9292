import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { getRngState, manualSeed } from "../core/mod.ts";
import { Linear, Module } from "../nn/mod.ts";
import { fc } from "./fast_check.ts";
import { Evidence, IllConditioned, type Law, law, Refutation } from "./law.ts";
import { judge } from "./runner.ts";
import { subject } from "./subject.ts";

const linear = subject("Linear", () => new Linear(3, 2));

type Numbered = { n: number };

function numbered(
  check: (n: number) => Evidence,
  more: Partial<Law<Numbered>> = {},
): Law<Numbered> {
  return law<Numbered>({
    id: "test/numbered",
    claim: "A law for tests.",
    source: "none",
    needs: ["module"],
    detects: ["none"],
    cases: () => fc.record({ n: fc.nat(1000) }),
    check: (_context, { n }) => Promise.resolve().then(() => check(n)),
    ...more,
  });
}

const refuse = (n: number): never => {
  throw new Refutation({ what: "too large", expected: "less", actual: String(n), where: "n" });
};
const atMost = (most: number) => (n: number) => n > most ? refuse(n) : new Evidence().compared();

Deno.test("judge() holds a law after as many cases as were asked for", async () => {
  const { verdict, runs, comparisons } = await judge(numbered(atMost(1000)), linear, { runs: 17 });
  assertEquals([verdict, runs, comparisons], ["held", 17, 17]);
});

Deno.test("judge() gives the smallest case that refutes, which replays alone", async () => {
  const tested = numbered(atMost(100));
  const { verdict, refutation } = await judge(tested, linear, { runs: 100 });
  assertEquals([verdict, refutation?.case, refutation?.kind], ["refuted", { n: 101 }, "claim"]);
  const replayed = await judge(tested, linear, { case: refutation!.case });
  assertEquals([replayed.verdict, replayed.runs], ["refuted", 1]);
  const fixed = await judge(tested, linear, { case: { n: 100 } });
  assertEquals([fixed.verdict, fixed.runs], ["held", 1]);
});

Deno.test("judge() draws the same cases from the same seed, and others from another", async () => {
  const drawn = async (seed: number): Promise<string> => {
    const seen: number[] = [];
    const record = (n: number) => {
      seen.push(n);
      return new Evidence().compared();
    };
    await judge(numbered(record), linear, { seed, runs: 10 });
    return seen.join();
  };
  assertEquals(await drawn(1), await drawn(1));
  assert(await drawn(1) !== await drawn(2));
});

Deno.test("judge() tries every value of an enumerated axis, whatever the number of runs", async () => {
  const seen = new Set<unknown>();
  const tested = numbered(() => new Evidence().compared(), {
    axes: () => ({ dtype: ["a", "b", "c"], mode: [true, false] }),
    check: (_context, testCase) => {
      seen.add(JSON.stringify([(testCase as unknown as { dtype: string }).dtype]));
      return Promise.resolve(new Evidence().compared());
    },
  });
  const { runs } = await judge(tested, linear, { runs: 1 });
  assertEquals([runs, seen.size], [6, 3]);
});

Deno.test("judge() is uncertain where too many cases are ill-conditioned", async () => {
  const illEvery = (period: number) => {
    let count = 0;
    return numbered(() => {
      if (count++ % period === 0) throw new IllConditioned("output[0]");
      return new Evidence().compared();
    });
  };
  const few = await judge(illEvery(5), linear, { runs: 100 });
  assertEquals([few.verdict, few.runs], ["held", 80]);
  const many = await judge(illEvery(4), linear, { runs: 100 });
  assertEquals([many.verdict, many.cause, many.runs], ["unknown", "ill-conditioned", 75]);
  const { reason } = await judge(illEvery(1), linear, { case: { n: 1 } });
  const why = "roundings change output[0] by a large part of its size";
  assertEquals(reason, `ill-conditioned in 1 of 1 cases: ${why}`);
});

Deno.test("judge() never holds what it compared nothing for", async () => {
  const { verdict, reason } = await judge(numbered(() => new Evidence()), linear);
  assertEquals([verdict, reason], ["unknown", "nothing was compared in any case"]);
});

Deno.test("judge() calls an error of the law itself unknown, and tells the case", async () => {
  const tested = numbered(() => {
    throw new TypeError("the law is wrong");
  });
  const { verdict, reason } = await judge(tested, linear);
  assertEquals(verdict, "unknown");
  assertStringIncludes(reason!, "the law is wrong");
  assertStringIncludes(reason!, '{"n":');
});

Deno.test("judge() keeps a refutation though a smaller case makes the law itself fail", async () => {
  const tested = numbered((n) => {
    if (n > 100) refuse(n);
    throw new TypeError("only small cases");
  });
  const verdicts = await Promise.all([1, 2, 3, 4].map((seed) => judge(tested, linear, { seed })));
  for (const { verdict, refutation } of verdicts) {
    if (verdict === "refuted") assert((refutation!.case as Numbered).n > 100);
    else assertEquals(verdict, "unknown");
  }
});

Deno.test("judge() calls what the time did not suffice for unknown", async () => {
  const slow = numbered(() => new Evidence().compared(), {
    check: () => new Promise((done) => setTimeout(() => done(new Evidence().compared()), 20)),
  });
  const { verdict, reason, runs } = await judge(slow, linear, { runs: 1000, milliseconds: 100 });
  assertEquals(verdict, "unknown");
  assertStringIncludes(reason!, `stopped after ${runs} cases`);
});

Deno.test("judge() leaves a case that never ends when time is up", async () => {
  const { promise } = Promise.withResolvers<Evidence>();
  const hangs = numbered(() => new Evidence(), { check: () => promise });
  const { verdict, reason } = await judge(hangs, linear, { milliseconds: 50 });
  assertEquals(verdict, "unknown");
  assertEquals(reason, "stopped after 0 cases: the time of 50 ms was up");
});

Deno.test("judge() tells cases when they are drawn, and again when each begins", async () => {
  for (const runs of [1, 32, 33, 100]) {
    const drawn: unknown[] = [], begun: unknown[] = [];
    await judge(numbered(atMost(1000)), linear, {
      runs,
      examples: [{ n: 1 }],
      onDrawn: (cases) => drawn.push(...cases),
      onCase: (testCase) => {
        begun.push(testCase);
        assert(drawn.length >= begun.length);
      },
    });
    assertEquals([drawn.length, drawn], [runs + 1, begun]);
  }
});

Deno.test("judge() makes any refuted case smaller, however late it comes", async () => {
  for (let seed = 0; seed < 20; seed++) {
    let count = 0;
    // The first 40 cases pass whatever they are, and from then on what is large is refuted.
    const late = numbered((n) => ++count > 40 ? atMost(500)(n) : new Evidence().compared());
    const { refutation } = await judge(late, linear, { seed, runs: 200 });
    assertEquals([refutation?.case, refutation?.nondeterministic], [{ n: 501 }, false]);
    assert(refutation!.found > 40);
  }
});

Deno.test("judge() calls a subject that throws refuted, with the subject's own line", async () => {
  class Throws extends Module {
    override forward(): never {
      throw new RangeError("not today");
    }
  }
  const tested = numbered(() => new Evidence(), {
    async check(context) {
      context.forward(await context.make(1), []);
      return new Evidence();
    },
  });
  const { refutation } = await judge(tested, subject("Throws", () => new Throws()));
  assertEquals([refutation?.kind, refutation?.what], ["totality", "forward threw"]);
  assertEquals(refutation?.actual, "RangeError: not today");
});

Deno.test("judge() calls a constructor that throws refuted", async () => {
  const broken = subject("Broken", () => {
    throw new RangeError("no such size");
  });
  const tested = numbered(() => new Evidence(), {
    check: async (context) => new Evidence().compared((await context.make(1)).parameters().length),
  });
  const { verdict, refutation } = await judge(tested, broken);
  assertEquals([verdict, refutation?.what], ["refuted", "The constructor threw"]);
});

Deno.test("judge() marks a refutation that does not come again", async () => {
  let calls = 0;
  const tested = numbered((n) => calls++ === 0 ? refuse(n) : new Evidence().compared());
  const { verdict, refutation } = await judge(tested, linear);
  assertEquals([verdict, refutation?.nondeterministic], ["refuted", true]);
});

Deno.test("judge() does not apply a law to a subject that lacks what it needs", async () => {
  const tested = numbered(atMost(1000), { needs: ["engine"] });
  const { verdict, lacks, runs } = await judge(tested, linear);
  assertEquals([verdict, lacks, runs], ["not-applicable", "engine", 0]);
});

Deno.test("judge() calls a forward whose arguments nobody knows unknown, not inapplicable", async () => {
  class Odd extends Module {
    override forward(x: unknown): unknown {
      if (x !== "a word") throw new TypeError("a word, please");
      return x;
    }
  }
  const tested = numbered(atMost(1000), { needs: ["inputs"] });
  const { verdict, reason } = await judge(tested, subject("Odd", () => new Odd()));
  assertEquals(verdict, "unknown");
  assertStringIncludes(reason!, "give subject() its inputs");
});

Deno.test("judge() leaves the random state as it was", async () => {
  manualSeed(5);
  const before = getRngState();
  await judge(
    numbered(atMost(1000), {
      check: async (context) => {
        await context.make(1);
        return new Evidence().compared();
      },
    }),
    linear,
  );
  assertEquals(getRngState(), before);
});

Deno.test("law() refuses an id without a family, and a law without a mutant", () => {
  for (const wrong of [{ id: "lonely" }, { detects: [] }]) {
    let message = "";
    try {
      numbered(atMost(1), wrong);
    } catch (error) {
      message = (error as Error).message;
    }
    assert(message !== "");
  }
});
