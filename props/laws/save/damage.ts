/**
 * State dicts that do not fit, and what is wrong with them by plain set arithmetic.
 *
 * @module
 */
import { DTYPES } from "../../../core/mod.ts";
import { seeds } from "../../argument.ts";
import type { Snapshot } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import type { Edit } from "../../instance.ts";

/** One way to damage a state dict. */
export interface Damage {
  /** What is done. */
  kind: "missing" | "unexpected" | "shape" | "dtype" | "no-tensor";
  /** To which name, counted round and round. */
  at: number;
  /** How an unexpected name is made from an expected one. */
  edit: "append" | "prefix" | "upper" | "cut" | "dot";
}

/** A case of the laws about state dicts that do not fit. */
export interface DamageCase {
  /** The seed of the instance. */
  seed: number;
  /** What is done to the state dict. */
  damages: readonly Damage[];
}

/** Draws such cases. */
export function damages(): fc.Arbitrary<DamageCase> {
  return fc.record({
    seed: seeds(),
    damages: fc.array(
      fc.record({
        kind: fc.constantFrom<Damage["kind"]>(
          "missing",
          "unexpected",
          "unexpected",
          "shape",
          "dtype",
          "no-tensor",
        ),
        at: fc.nat(63),
        edit: fc.constantFrom<Damage["edit"]>("append", "prefix", "upper", "cut", "dot"),
      }),
      { maxLength: 4 },
    ),
  });
}

/** What does not fit, name by name. */
export interface Wrong {
  missing: string[];
  unexpected: string[];
  mismatched: string[];
}

/** What is changed in a copy, and, by plain set arithmetic, what is wrong with it. */
export function damage(
  source: ReadonlyMap<string, Snapshot>,
  damages: readonly Damage[],
): { edits: Map<string, Edit>; wrong: Wrong } {
  const expected = [...source.keys()];
  const edits = new Map<string, Edit>();
  const there = new Set(expected), mismatched = new Set<string>();
  for (const { kind, at, edit } of damages) {
    // A module of transient buffers saves no name, and may still be given too many.
    const name = expected[at % expected.length] ?? "buffer";
    const value = source.get(name) ?? { shape: [1], dtype: "float32", bytes: new Uint8Array(4) };
    if (kind === "unexpected") {
      edits.set(edited(name, edit), value);
      there.add(edited(name, edit));
    } else if (kind === "missing") {
      edits.set(name, "delete");
      there.delete(name);
      mismatched.delete(name);
    } else if (there.has(name)) {
      mismatched.add(name);
      edits.set(name, kind === "no-tensor" ? null : spoilt(value, kind));
    }
  }
  const has = new Set(expected);
  const missing = expected.filter((name) => !there.has(name)).sort();
  const unexpected = [...there].filter((name) => !has.has(name)).sort();
  return { edits, wrong: { missing, unexpected, mismatched: [...mismatched].sort() } };
}

/** Source of the edits: strict comparisons that were fooled, as in pytorch/pytorch#123510. */
function edited(name: string, edit: Damage["edit"]): string {
  if (edit === "append") return `${name}.scale`;
  if (edit === "prefix") return `module.${name}`;
  if (edit === "upper") return name.toUpperCase();
  if (edit === "dot") return `${name}.`;
  return name.slice(0, -1);
}

function spoilt(value: Snapshot, kind: "shape" | "dtype"): Snapshot {
  const dtype = kind === "dtype"
    ? DTYPES[value.dtype].kind === "float" ? "int64" : "float32"
    : value.dtype;
  const shape = kind === "dtype" ? value.shape : [...value.shape, 2];
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, dtype, bytes: new Uint8Array(count * DTYPES[dtype].itemSize) };
}
