/**
 * @module
 */
import { noGrad, type Storage, type Tensor, traceStorages } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { tensorsIn } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { type Found, reachable, registered } from "../../walk.ts";

/** A case of {@linkcode noUnregisteredState}. */
export interface UnregisteredCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments. */
  args: readonly Argument[];
  /** What happens to the instance before its forwards are watched. */
  history: "fresh" | "moved" | "assigned";
  /** Whether it is in training mode. */
  training: boolean;
}

/** What forward reads is its input, or registered: the law that this project began with. */
export const noUnregisteredState: Law<UnregisteredCase> = law({
  id: "registration/no-unregistered-state",
  claim:
    "forward reads its arguments, registered tensors and what it makes of them, and nothing else: all else is neither saved nor moved.",
  source: "https://github.com/pytorch/pytorch/issues/59925",
  needs: ["module", "inputs"],
  runs: 24,
  detects: [
    "plain-field",
    "modules-in-plain-array",
    "stale-second-handle",
    "random-wiring-tensor",
    "cache-on-the-class",
    "state-made-by-forward",
  ],
  axes: () => ({ history: ["fresh", "moved", "assigned"], training: [false, true] }),
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs! }),
  async check(context, { seed, args, history, training }) {
    const evidence = new Evidence().note("history", history).note("training", training);
    const module = (await context.make(seed)).train(training);
    await live(context, module, history);
    for (const round of ["first", "second"]) {
      const given = context.args(args);
      const allowed = new Set<Storage>(tensorsIn(given).map(([, { storage }]) => storage));
      for (const [, { storage, grad }] of registered(module)) {
        allowed.add(storage);
        if (grad !== null) allowed.add(grad.storage);
      }
      const trace = watch(context, module, given);
      evidence.compared(trace.used.size).note("forward", round);
      const foreign = new Set(
        [...trace.used].filter((storage) => !trace.made.has(storage) && !allowed.has(storage)),
      );
      if (foreign.size > 0) throw culprit(module, foreign, round);
    }
    return evidence;
  },
});

/** What a user may do to a module before calling it; a second handle goes stale by it. */
async function live(context: Context, module: Module, history: string): Promise<void> {
  if (history === "moved") {
    await context.wait(`to("${context.otherDevice}")`, () => module.to(context.otherDevice));
    await context.wait(`to("${context.device}")`, () => module.to(context.device));
  } else if (history === "assigned") {
    const state = module.stateDict();
    const copies = new Map([...state].map(([name, value]) => [name, value.clone()]));
    await context.wait("loadStateDict", () => module.loadStateDict(copies, { assign: true }));
  }
}

function watch(context: Context, module: Module, args: readonly unknown[]) {
  try {
    return traceStorages(() => noGrad(() => context.forward(module, args)));
  } catch (error) {
    // Often the very bug: a tensor that stayed behind on another device.
    const behind = strangers(module).filter(({ value }) => value.device !== context.device);
    if (!(error instanceof Refutation) || behind.length === 0) throw error;
    throw new Refutation({
      what:
        "forward failed, and holds a tensor that to() does not move because it is not registered",
      expected: `every tensor registered, and on "${context.device}"`,
      actual: `${text(behind[0].value)} on "${behind[0].value.device}"; ${error.actual}`,
      where: `this.${behind[0].path}`,
    });
  }
}

/** Tensors that hang on a module and are not registered. */
function strangers(module: Module): Found<Tensor>[] {
  const known = new Set(registered(module).map(([, value]) => value));
  return reachable(module).tensors.filter(({ value }) => !known.has(value as never));
}

function text({ dtype, shape }: Tensor): string {
  return `${dtype}[${shape.join(", ")}]`;
}

function culprit(module: Module, foreign: ReadonlySet<Storage>, round: string): Refutation {
  const what = "forward reads a tensor that is not registered: it is neither saved nor moved";
  const expected = "a parameter, a buffer, an argument, or something made in this call";
  const found = strangers(module).find(({ value }) => foreign.has(value.storage));
  const [storage] = foreign;
  if (found === undefined) {
    const actual = `memory of ${storage.length} x ${storage.dtype} in the ${round} forward`;
    const where = "no property: a #private field, a closure, or a variable of the file";
    return new Refutation({ what, expected, actual, where });
  }
  const inner = reachable(module).modules.find(({ path, value }) =>
    found.path.startsWith(`${path}.`) && !module.modules().includes(value)
  );
  const hint = inner === undefined
    ? ""
    : `, in the module ${inner.path} that is no child: use ModuleList or ModuleDict`;
  return new Refutation({
    what,
    expected,
    actual: `${text(found.value)}${hint}`,
    where: found.path.startsWith("static ") ? found.path : `this.${found.path}`,
  });
}
