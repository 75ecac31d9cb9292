/**
 * What this engine's WebAssembly can do, found out once.
 *
 * @module
 */
import { F32, Func, ModuleBuilder, op } from "./assembler.ts";

/** Optional instructions. */
export interface Features {
  /** Relaxed SIMD: fused multiply-add and lane selection. */
  readonly relaxed: boolean;
  /** Whether `relaxed_madd` rounds once; the standard leaves it open. */
  readonly fused: boolean;
}

let known: Features | null = null;

/** The features of this engine. */
export function features(): Features {
  return known ??= probe();
}

function probe(): Features {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new ModuleBuilder();
  const f = new Func([], [F32]);
  // (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46 if fused and 0 if not.
  const x = f.constant(new Uint8Array(new Float32Array(4).fill(1 + 2 ** -23).buffer));
  const y = f.constant(new Uint8Array(new Float32Array(4).fill(-1 - 2 ** -22).buffer));
  f.emit([op("f32x4.relaxed_madd", x, x, y), 0xfd, 31, 0]);
  module.add(f, "probe");
  const bytes = module.encode({ shared: false, maximum: 1 });
  if (!WebAssembly.validate(bytes)) return { relaxed: false, fused: false };
  const { probe } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
    .exports as { probe: () => number };
  return { relaxed: true, fused: probe() !== 0 };
}
