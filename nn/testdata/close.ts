/**
 * Comparing tensors with what PyTorch computed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type DType, type Tensor, tensor } from "../../core/mod.ts";
import type { Module } from "../module.ts";

/** Numbers in rows. */
export type Rows = number | Rows[];

/** Asserts that a tensor has these values within a tolerance, relative for large ones. */
export async function assertClose(
  actual: Tensor | null | undefined,
  expected: Rows | null,
  about = "",
  tolerance = 2e-6,
): Promise<void> {
  if (expected === null || !actual) {
    assertEquals<unknown>(actual ?? null, expected, about);
    return;
  }
  const flat = flatten(expected);
  const data = await actual.data();
  assertEquals(data.length, flat.length, about);
  for (let i = 0; i < flat.length; i++) {
    const [a, b] = [Number(data[i]), flat[i]];
    assert(
      Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)),
      `${about}[${i}]: ${a}, PyTorch has ${b}`,
    );
  }
}

/** Values as a tensor: float32, or another dtype. */
export function of(rows: Rows, dtype: DType = "float32", device: Tensor["device"] = "cpu"): Tensor {
  return tensor(rows, { dtype, device });
}

/** Gives a module the state that a fixture holds. */
export async function giveState(module: Module, state: Record<string, Rows>): Promise<void> {
  const now = module.stateDict();
  const given = Object.entries(state).map(([key, rows]) =>
    [key, of(rows, now.get(key)?.dtype ?? "float32")] as const
  );
  await module.loadStateDict(new Map(given));
}

/** All numbers in order. */
export function flatten(rows: Rows): number[] {
  return typeof rows === "number" ? [rows] : rows.flatMap(flatten);
}
