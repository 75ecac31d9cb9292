/**
 * From a plan to a launch: which kernel computes it, and with what buffers and uniforms.
 *
 * @module
 */
import { counters } from "../stats.ts";
import type { Block } from "../block.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { contiguousStrides, numelOf } from "../shape.ts";
import type { BlockView } from "../node.ts";
import { isEmpty, type Output, type Plan, type Step } from "../plan.ts";
import { isHeavy, productGroups, productKernel, tileOf } from "./contract.ts";
import { type Layout, layOut, uniforms } from "./layout.ts";
import { cutLongRows } from "./long_rows.ts";
import { Moved, type Reduction } from "./moved.ts";
import { pointwiseGroups, pointwiseKernel } from "./pointwise.ts";
import type { GpuBlock, PooledBuffer } from "./pool.ts";
import type { KernelSource, Queue } from "./queue.ts";
import { rowGroups, rowKernel, threadsPerRow } from "./rows.ts";

/** Cooks plans on one GPU. */
export class Cook {
  readonly #queue: Queue;
  readonly #software: boolean;
  readonly #buffers: number;
  readonly #faults: () => PooledBuffer;
  readonly #alloc: (nbytes: number) => Block;

  /**
   * Remembers where to send what.
   *
   * @param queue The commands.
   * @param software Whether the adapter is software, for which other kernels are fast.
   * @param buffers How many buffers a kernel may use.
   * @param faults The buffer where kernels note faults.
   * @param alloc Takes memory for what is computed in between.
   */
  constructor(
    queue: Queue,
    software: boolean,
    buffers: number,
    faults: () => PooledBuffer,
    alloc: (nbytes: number) => Block,
  ) {
    this.#alloc = alloc;
    this.#queue = queue;
    this.#software = software;
    this.#buffers = buffers;
    this.#faults = faults;
  }

  /** Runs a plan. */
  run(plan: Plan): void {
    if (isEmpty(plan)) {
      counters.launches++;
      return;
    }
    // In software one workgroup computes as fast as many: more launches only cost.
    const parts = this.#software ? null : cutLongRows(plan, this.#alloc);
    if (parts !== null) {
      for (const part of parts.plans) this.run(part);
      for (const block of parts.scratch) block.release();
      return;
    }
    const exact = asBits(plan);
    const layout = layOut(exact);
    if (layout.bindings.length > this.#buffers) {
      const groups = outputsInTwo(exact);
      if (groups !== null) {
        for (const outputs of groups) this.run(only(exact, outputs));
        return;
      }
    }
    const clash = layout.bindings.find((one) =>
      one.written && layout.bindings.some((other) => other !== one && other.memory === one.memory)
    );
    if (clash !== undefined) return this.#apart(exact, clash.memory);
    switch (layout.kind) {
      case "pointwise":
        this.#launch(
          exact,
          layout,
          layout.key,
          pointwiseGroups(layout),
          (label) => pointwiseKernel(exact, layout, label),
        );
        break;
      case "rows": {
        const threads = threadsPerRow(layout, this.#software);
        this.#launch(
          exact,
          layout,
          `${layout.key}@${threads}`,
          rowGroups(layout, threads),
          (label) => rowKernel(exact, layout, threads, label),
        );
        break;
      }
      case "contract": {
        const tile = tileOf(exact, layout, this.#software);
        if (isHeavy(exact.steps, tile)) return this.#inTwo(exact, layout.product!.step);
        const key = `${layout.key}@${Object.values(tile)}`;
        this.#launch(
          exact,
          layout,
          key,
          productGroups(layout, tile),
          (label) => productKernel(exact, layout, tile, label),
        );
      }
    }
  }

  /**
   * Runs a plan that reads a buffer in another way than it writes it: what is read is copied first,
   * since a kernel that writes a buffer can't bind it a second time.
   */
  #apart(plan: Plan, memory: PooledBuffer): void {
    const outside = plan.outputs.find(({ view }) => (view.block as GpuBlock).memory === memory)!;
    const { nbytes } = outside.view.block;
    const copy = this.#alloc(nbytes) as GpuBlock;
    this.#queue.copy(memory, copy.memory, Math.ceil(nbytes / 4) * 4);
    const read = (view: BlockView): BlockView =>
      (view.block as GpuBlock).memory === memory ? { ...view, block: copy } : view;
    const steps = plan.steps.map((step): Step =>
      step.kind === "load"
        ? { ...step, view: read(step.view) }
        : step.kind === "contract"
        ? { ...step, a: read(step.a), b: read(step.b) }
        : step
    );
    this.run({ ...plan, steps });
    copy.release();
  }

  /** Computes a product, and then the rest of the expression on it. */
  #inTwo(plan: Plan, at: number): void {
    const { shape, steps } = plan;
    const { dtype } = steps[at];
    const block = this.#alloc(numelOf(shape) * DTYPES[dtype].itemSize);
    const view = { block, offset: 0, strides: contiguousStrides(shape) };
    this.run({ shape, split: shape.length, steps: [steps[at]], outputs: [{ step: 0, view }] });
    const rest = [...steps];
    rest[at] = { kind: "load", dtype, row: false, view };
    this.run({ ...plan, steps: rest });
    block.release();
  }

  #launch(
    plan: Plan,
    layout: Layout,
    key: string,
    groups: number,
    make: (label: string) => KernelSource,
  ): void {
    const kernel = this.#queue.kernel(key, () => make(labelOf(plan.steps)));
    const buffers = layout.bindings.map(({ memory }) => memory);
    if (kernel.access.length > buffers.length) buffers.push(this.#faults());
    this.#queue.dispatch(kernel, buffers, uniforms(plan, layout), groups);
  }
}

/** The outputs as two groups; those that go over what the plan reads come last, together. */
function outputsInTwo({ steps, outputs }: Plan): [Output[], Output[]] | null {
  const over = ({ view }: Output) =>
    steps.some((step) => step.kind === "load" && step.view.block === view.block);
  const last = outputs.filter(over), free = outputs.filter((output) => !over(output));
  if (free.length + Math.sign(last.length) < 2) return null;
  const half = last.length > 0 ? free.length : Math.ceil(free.length / 2);
  return [free.slice(0, half), [...free.slice(half), ...last]];
}

/** What a plan does for some of its outputs. */
function only({ shape, split, steps }: Plan, outputs: readonly Output[]): Plan {
  const moved = new Moved(steps, (view) => view, (r, into) => {
    const step = steps[r] as Reduction;
    return into.push({ ...step, a: into.add(step.a) });
  });
  const results = outputs.map(({ step, view }) => ({ step: moved.add(step), view }));
  return { shape, split, steps: moved.steps, outputs: results };
}

/** The dtypes whose bits stand for a float's while it is only copied. */
const BITS: Partial<Record<DType, DType>> = {
  float32: "int32",
  float16: "uint16",
  bfloat16: "uint16",
};

/** A plan that only copies, on bits: nothing then touches the payload of a NaN. */
function asBits(plan: Plan): Plan {
  const [step] = plan.steps;
  if (plan.steps.length > 1 || step.kind !== "load") return plan;
  return { ...plan, steps: [{ ...step, dtype: BITS[step.dtype] ?? step.dtype }] };
}

/** A kernel's name: its operations. */
function labelOf(steps: readonly Step[]): string {
  const names = steps.flatMap((step) => {
    switch (step.kind) {
      case "contract":
        return ["matmul"];
      case "cast":
        return [`to ${step.dtype}`];
      case "random":
      case "where":
        return [step.kind];
      default:
        return "op" in step ? [step.op] : [];
    }
  });
  return names.length === 0 ? "copy" : [...new Set(names)].join(" ");
}
