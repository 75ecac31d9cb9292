/**
 * What the laws of positions share: drawing widths and lengths, and reading the table.
 *
 * @module
 */
import { type Snapshot, snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { Refutation } from "../../law.ts";
import type { PositionalClaim } from "../../subject.ts";
import { ROUNDING } from "../../tolerance.ts";

/** The paper of all laws of this family. */
export const PAPER = "https://arxiv.org/abs/1706.03762 (section 3.5)";

/** A case of the laws of positions. */
export interface TableCase {
  /** The width. */
  dModel: number;
  /** The longest sequence. */
  maxLen: number;
}

/** A table of positions. */
export interface Table {
  /** The number of positions. */
  readonly length: number;
  /** The width. */
  readonly width: number;
  /** The value at a position and column. */
  at(position: number, column: number): number;
  /** How far a value may be from the exact one: two roundings of numbers up to 1. */
  readonly unit: number;
  /** The contents. */
  readonly contents: Snapshot;
}

/** Widths and lengths; long tables now and then, for angles that were computed in low precision. */
export function tableCases(parity?: "even" | "odd"): fc.Arbitrary<TableCase> {
  return fc.record(tableFields(parity));
}

/** The same as the fields of a larger case. */
export function tableFields(
  parity?: "even" | "odd",
): { dModel: fc.Arbitrary<number>; maxLen: fc.Arbitrary<number> } {
  const widths = Array.from({ length: 24 }, (_, i) => i + 1)
    .filter((width) => parity === undefined || (width % 2 === 1) === (parity === "odd"));
  return {
    dModel: fc.constantFrom(...widths),
    maxLen: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) }, {
      weight: 1,
      arbitrary: fc.integer({ min: 500, max: 3000 }),
    }),
  };
}

/** The claim of the subject, which the law's needs promise. */
export function claimOf(context: Context): PositionalClaim {
  return context.subject.claims.positional!;
}

/** Makes the encoding and reads its table. */
export async function tableOf(context: Context, { dModel, maxLen }: TableCase): Promise<Table> {
  const claim = claimOf(context);
  const module = context.call("The constructor", () => claim.make(dModel, maxLen));
  await context.wait(`to("${context.device}")`, () => module.to(context.device));
  const contents = await snapshot(context.call("table", () => claim.table(module)));
  const { shape, dtype, bytes } = contents;
  const lead = shape.slice(0, -2).every((size) => size === 1);
  if (!lead || shape.at(-2) !== maxLen || shape.at(-1) !== dModel) {
    throw new Refutation({
      what: "The table has another shape",
      where: "table",
      expected: `[${maxLen}, ${dModel}]`,
      actual: `[${shape.join(", ")}]`,
    });
  }
  const values = decodeNumbers(bytes, dtype);
  return {
    length: maxLen,
    width: dModel,
    at: (position, column) => values[position * dModel + column],
    // What the formula itself is off by in float64 is more than its rounding.
    unit: Math.max(2 * ROUNDING[dtype]!, 2 ** -39),
    contents,
  };
}

/** The exact value. Source: the paper; sines in even columns, cosines in odd ones. */
export function formula(position: number, column: number, width: number): number {
  const angle = position / 10000 ** ((column - column % 2) / width);
  return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
}

/** `pe[3, 2]`. */
export function place(position: number, column: number): string {
  return `pe[${position}, ${column}]`;
}
