import type { DeviceName } from "../../core/mod.ts";
import type { BenchCase } from "../case.ts";
import { toTensor, uniform } from "../inputs.ts";
import { finishOn } from "./_prepared.ts";

const SIZES = [[1 << 10, "4 KB"], [1 << 18, "1 MB"], [1 << 25, "128 MB"]] as const;

/** A tensor from one device to the other; both are there before the run and after it. */
function move(name: string, about: string, from: DeviceName, to: DeviceName): BenchCase {
  return {
    name,
    about,
    devices: ["webgpu"],
    sizes: SIZES.map(([n, label]) => ({ label, numbers: { n } })),
    tolerance: 0,
    inputs: ({ numbers: { n } }) => ({ x: uniform([n], 20) }),
    work: ({ numbers: { n } }) => ({ bytes: 4 * n }),
    prepare(inputs) {
      const x = toTensor(inputs.x, from);
      return Promise.resolve({
        async run(): Promise<void> {
          (await x.to(to)).dispose();
        },
        ...finishOn("webgpu"),
        async result(): Promise<ArrayLike<number>> {
          const y = await x.to(to);
          const values = await y.data() as ArrayLike<number>;
          y.dispose();
          return values;
        },
        dispose: () => x.dispose(),
      });
    },
  };
}

/** To the GPU. */
export const upload: BenchCase = move("to GPU", 'x.to("webgpu")', "cpu", "webgpu");
/** Back. */
export const download: BenchCase = move("to CPU", 'x.to("cpu")', "webgpu", "cpu");
