/**
 * State dicts that do not fit, and what is wrong with them by plain set arithmetic.
 *
 * @module
 */
import { DTYPES, type Tensor, zeros } from "../../../core/mod.ts";
import { StateDict } from "../../../nn/mod.ts";
import { seeds } from "../../argument.ts";
import { fc } from "../../fast_check.ts";

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

/** Damages a copy, and says by plain set arithmetic what is wrong with it. */
export function damage(
  source: StateDict,
  damages: readonly Damage[],
): { state: Map<string, unknown>; wrong: Wrong } {
  const expected = [...source.keys()];
  const copy = new StateDict(source);
  // Without it a state dict counts as one of an older version, which may lack names.
  copy.metadata = new Map(source.metadata);
  const state: Map<string, unknown> = copy;
  const mismatched = new Set<string>();
  for (const { kind, at, edit } of damages) {
    // A module of transient buffers saves no name, and may still be given too many.
    const name = expected[at % expected.length] ?? "buffer";
    const value = source.get(name) ?? zeros([1]);
    if (kind === "unexpected") state.set(edited(name, edit), value);
    else if (kind === "missing") {
      state.delete(name);
      mismatched.delete(name);
    } else if (state.has(name)) {
      mismatched.add(name);
      state.set(name, kind === "no-tensor" ? [1, 2, 3] : spoilt(value, kind));
    }
  }
  const has = new Set(expected);
  const missing = expected.filter((name) => !state.has(name)).sort();
  const unexpected = [...state.keys()].filter((name) => !has.has(name)).sort();
  return { state, wrong: { missing, unexpected, mismatched: [...mismatched].sort() } };
}

/** Source of the edits: strict comparisons that were fooled, as in pytorch/pytorch#123510. */
function edited(name: string, edit: Damage["edit"]): string {
  if (edit === "append") return `${name}.scale`;
  if (edit === "prefix") return `module.${name}`;
  if (edit === "upper") return name.toUpperCase();
  if (edit === "dot") return `${name}.`;
  return name.slice(0, -1);
}

function spoilt(value: Tensor, kind: "shape" | "dtype"): Tensor {
  const dtype = kind === "dtype"
    ? DTYPES[value.dtype].kind === "float" ? "int64" : "float32"
    : value.dtype;
  const shape = kind === "dtype" ? value.shape : [...value.shape, 2];
  return value.newZeros(shape).type(dtype);
}
