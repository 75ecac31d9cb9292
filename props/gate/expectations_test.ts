import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { refutation, resultOf } from "../report/fixtures/report.ts";
import type { Expectation } from "../results.ts";
import { ExpectationError, isAbout, meetExpectations, parseExpectations } from "./expectations.ts";

const KNOWN: Expectation = { law: "save/identity", subject: "Linear", reason: "it is so" };
const refuted = resultOf({ refutation });
const meet = (expectation: Expectation, result = refuted) =>
  meetExpectations([result], [expectation], [result], "2026-06-15");

Deno.test("parseExpectations() reads a list, and says which expectation is wrong and why", () => {
  const full = { ...KNOWN, when: { device: "cpu" }, expires: "2027-01-31", link: "#3", case: 1 };
  assertEquals(parseExpectations(JSON.stringify([KNOWN, full]), "f"), [KNOWN, full as Expectation]);
  for (
    const [text, message] of [
      ["[", "f is not JSON"],
      ["{}", "f holds no list"],
      ["[1]", "f: expectation 1 is no object"],
      [JSON.stringify([KNOWN, { ...KNOWN, reason: "" }]), 'f: expectation 2 needs a text "reason"'],
      [JSON.stringify([{ ...KNOWN, skip: true }]), 'has the unknown field "skip"'],
      [JSON.stringify([{ ...KNOWN, expires: "soon" }]), 'in "expires", not "soon"'],
      [JSON.stringify([{ ...KNOWN, expires: "2027-13-01" }]), 'not "2027-13-01"'],
      [JSON.stringify([{ ...KNOWN, when: { device: "abacus" } }]), 'needs a device in "when"'],
    ]
  ) {
    const error = assertThrows(() => parseExpectations(text, "f"), ExpectationError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("isAbout() compares law, subject and, where it is said, device", () => {
  assertEquals(isAbout(KNOWN, refuted), true);
  assertEquals(isAbout({ ...KNOWN, subject: "*" }, refuted), true);
  assertEquals(isAbout({ ...KNOWN, law: "save" }, refuted), false);
  assertEquals(isAbout({ ...KNOWN, subject: "Conv" }, refuted), false);
  assertEquals(isAbout({ ...KNOWN, when: { device: "webgpu" } }, refuted), false);
});

Deno.test("meetExpectations() marks what is expected, also on the last day", () => {
  for (const expectation of [KNOWN, { ...KNOWN, expires: "2026-06-15" }]) {
    const { results, stale } = meet(expectation);
    assertEquals([results[0].expectation, stale], [expectation, []]);
  }
});

Deno.test("meetExpectations() marks nothing by an expectation that is not met, and says why", () => {
  const old = { ...KNOWN, expires: "2026-06-14" };
  const other = { ...KNOWN, law: "no/such" };
  for (
    const [expectation, why] of [[old, "it expired on"], [other, "it matches nothing"]] as const
  ) {
    const { results, stale } = meet(expectation);
    assertEquals(results[0].expectation, undefined);
    assertStringIncludes(stale[0].why, why);
  }
  assertEquals(meet(KNOWN, resultOf()).stale[0].why, "the law now holds on cpu");
  const none = resultOf({ verdict: "not-applicable" });
  assertEquals(meet(KNOWN, none).stale[0].why, "the law does not apply");
});

Deno.test("meetExpectations() leaves alone what is not known yet: an unknown, another shard's", () => {
  assertEquals(meet(KNOWN, resultOf({ verdict: "unknown" })).stale, []);
  assertEquals(meetExpectations([], [KNOWN], [refuted], "2026-06-15").stale, []);
});
