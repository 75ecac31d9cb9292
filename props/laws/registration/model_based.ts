/**
 * @module
 */
import { full, noGrad, onesLike, type Tensor } from "../../../core/mod.ts";
import { Buffer, Module, Parameter } from "../../../nn/mod.ts";
import { SGD } from "../../../nn/optim/mod.ts";
import { load, toBytes } from "../../../serialize/mod.ts";
import { seeds } from "../../argument.ts";
import { demand, sameList, snapshot } from "../../compare.ts";
import type { Context } from "../../context.ts";
import { fc } from "../../fast_check.ts";
import { decodeNumbers } from "../../fill.ts";
import { Evidence, type Law, law, Refutation } from "../../law.ts";
import { constructWatched, transientNames } from "../../module_instance.ts";
import {
  buffersOf,
  castCells,
  type Cell,
  emptyNode,
  modelOf,
  type Node,
  nodesOf,
  parametersOf,
  savedOf,
} from "./model.ts";

/** One change: what, in the module itself or in a child of its own, under which name, and a number. */
export interface Command {
  /** What is done. */
  do:
    | "parameter"
    | "buffer"
    | "transient"
    | "assign"
    | "delete"
    | "nest"
    | "tie"
    | "freeze"
    | "train"
    | "eval"
    | "cast"
    | "move"
    | "step"
    | "reload";
  /** Whether it is done in the child `inner`, if there is one, and not in the module itself. */
  inside: boolean;
  /** Which of the names `extra0` to `extra2`. */
  name: number;
  /** The value of a new tensor, and whether a flag is set. */
  value: number;
}

/** A case of {@linkcode modelBased}. */
export interface ModelCase {
  /** The seed of the instance. */
  seed: number;
  /** What is done to it. */
  commands: readonly Command[];
}

const DONE: readonly Command["do"][] = [
  "parameter",
  "buffer",
  "transient",
  "assign",
  "delete",
  "nest",
  "tie",
  "freeze",
  "train",
  "eval",
  "cast",
  "move",
  "step",
  "reload",
];

/** The registry does what a few maps do, whatever happens to the module. */
export const modelBased: Law<ModelCase> = law({
  id: "registration/model-based",
  claim:
    "Whatever is registered, assigned, deleted, nested, tied, frozen, moved, cast, trained, saved and loaded in whatever order: names, order, roles, ties, flags, modes and values are those of a model in plain maps.",
  source: "https://pytorch.org/docs/stable/generated/torch.nn.Module.html",
  needs: ["module"],
  runs: 80,
  runsOn: { reference: 8, webgpu: 4 },
  detects: ["deleted-name-stays-saved", "tie-by-registration-copies", "registration-sets-the-mode"],
  cases: () =>
    fc.record({
      seed: seeds(),
      commands: fc.array(
        fc.record({
          do: fc.constantFrom(...DONE),
          inside: fc.boolean(),
          name: fc.nat(2),
          value: fc.integer({ min: 1, max: 9 }),
        }),
        { minLength: 1, maxLength: 16, size: "max" },
      ),
    }),
  async check(context, { seed, commands }) {
    const evidence = new Evidence().note("commands", commands.length);
    const { value, transient } = constructWatched(() => context.make(seed));
    const module = await value;
    const model = await modelOf(module, transientNames(module, transient));
    for (const [i, command] of commands.entries()) {
      evidence.note("command", command.do);
      await apply(context, module, model, command);
      const after = `after command ${i + 1}, ${command.do}`;
      sameRegistry(evidence, module, model, after);
    }
    await sameValues(evidence, module.stateDict(), savedOf(model));
    return evidence;
  },
});

/** A module with nothing in it, to nest. */
class Inner extends Module {}

/** Does the same to the module and to the model. */
async function apply(
  context: Context,
  root: Module,
  model: Node,
  { do: what, inside, name: at, value }: Command,
): Promise<void> {
  const inner = inside ? model.children.get("inner") : undefined;
  const node = inner ?? model;
  const module = inner === undefined ? root : root.getSubmodule("inner");
  const name = `extra${at}`;
  const taken = node.parameters.has(name) || node.buffers.has(name);
  const fresh = (): Tensor =>
    full([2], value, { dtype: "float32", device: deviceOf(root, context) });
  const cell = (requiresGrad: boolean): Cell => ({
    values: [value, value],
    dtype: "float32",
    requiresGrad,
  });
  switch (what) {
    case "parameter":
    case "buffer":
    case "transient": {
      const persistent = what === "buffer";
      const register = () =>
        what === "parameter"
          ? module.registerParameter(name, new Parameter(fresh()))
          : module.registerBuffer(name, fresh(), { persistent });
      // A name of the same role takes the new tensor in its place, as in PyTorch.
      const other = what === "parameter" ? node.buffers : node.parameters;
      if (other.has(name)) return refused(register, `${name}, registered in another role`);
      context.call("registration", register);
      if (what === "parameter") node.parameters.set(name, cell(true));
      else node.buffers.set(name, { cell: cell(false), persistent });
      return;
    }
    case "assign": {
      const before = node.buffers.get(name);
      const held = module as unknown as Record<string, Tensor>;
      if (before === undefined) {
        context.call("assignment", () => held[name] = new Parameter(fresh()));
        node.parameters.set(name, cell(true));
      } else {
        const { persistent } = before;
        context.call("assignment", () => held[name] = new Buffer(fresh(), { persistent }));
        node.buffers.set(name, { cell: cell(false), persistent });
      }
      return;
    }
    case "delete":
      if (!taken) return;
      context.call("delete", () => delete (module as unknown as Record<string, unknown>)[name]);
      node.parameters.delete(name);
      node.buffers.delete(name);
      return;
    case "nest":
      if (node.children.has("inner")) return;
      context.call("registerModule", () => module.registerModule("inner", new Inner()));
      node.children.set("inner", emptyNode());
      return;
    case "tie": {
      const [first] = root.parameters();
      if (first === undefined || taken) return;
      context.call("registerParameter", () => module.registerParameter(name, first));
      node.parameters.set(name, parametersOf(model)[0][1]);
      return;
    }
    case "freeze":
      context.call("requiresGrad_", () => root.requiresGrad_(value % 2 === 0));
      for (const [, each] of parametersOf(model)) each.requiresGrad = value % 2 === 0;
      return;
    case "train":
    case "eval":
      context.call("train", () => root.train(what === "train"));
      for (const each of nodesOf(model)) each.training = what === "train";
      return;
    case "cast": {
      const dtype = value % 2 === 0 ? "float32" : "float64";
      await context.wait(`to("${dtype}")`, () => root.to(dtype));
      return castCells(model, dtype);
    }
    case "move":
      await context.wait("to", () => root.to(context.otherDevice));
      await context.wait("to", () => root.to(context.device));
      return;
    case "step":
      return step(context, root, model);
    case "reload": {
      const bytes = await context.wait("save", () => toBytes(root.stateDict()));
      noGrad(() => root.stateDict().forEach((each) => each.zero_()));
      const state = await context.wait("load", () => load(bytes));
      await context.wait("loadStateDict", () => root.loadStateDict(state));
    }
  }
}

/** One step of plain gradient descent by gradients of ones, which the model can do exactly. */
function step(context: Context, root: Module, model: Node): void {
  const trained = root.parameters().filter(({ requiresGrad }) => requiresGrad);
  if (trained.length > 0) {
    for (const parameter of trained) parameter.grad = onesLike(parameter).detach();
    context.call("step", () => new SGD(trained, { lr: 0.5 }).step());
    for (const parameter of trained) parameter.grad = null;
  }
  for (const cell of new Set(parametersOf(model).map(([, each]) => each))) {
    if (!cell.requiresGrad) continue;
    const round = cell.dtype === "float32" ? Math.fround : (each: number) => each;
    // In place: two parameters in one memory are both stepped.
    cell.values.forEach((each, i) => cell.values[i] = round(each - 0.5));
  }
}

function deviceOf(root: Module, context: Context) {
  const [first] = [...root.parameters(), ...root.buffers()];
  return first?.device ?? context.device;
}

function refused(register: () => void, what: string): void {
  try {
    register();
  } catch {
    return;
  }
  throw new Refutation({
    what: "A name is registered in two roles: the first tensor is lost",
    where: what,
    expected: "an error",
    actual: "no error",
  });
}

function sameRegistry(evidence: Evidence, root: Module, model: Node, after: string): void {
  const all = { removeDuplicate: false };
  const cells = new Map<Cell, number>();
  const objects = new Map<object, number>();
  const numbered = <T>(known: Map<T, number>, key: T): number => {
    if (!known.has(key)) known.set(key, known.size);
    return known.get(key)!;
  };
  const line = (name: string, dtype: string, requiresGrad: boolean, object: number) =>
    `${name}: ${dtype}, requiresGrad ${requiresGrad}, object ${object}`;
  const expect = (named: [string, Cell][]) =>
    named.map(([name, cell]) => line(name, cell.dtype, cell.requiresGrad, numbered(cells, cell)));
  const find = (named: [string, Tensor][]) =>
    named.map(([name, each]) => line(name, each.dtype, each.requiresGrad, numbered(objects, each)));
  const lists = [
    ["parameters", find(root.namedParameters(all)), expect(parametersOf(model))],
    ["buffers", find(root.namedBuffers(all)), expect(buffersOf(model))],
    ["state dict", [...root.stateDict().keys()], savedOf(model).map(([name]) => name)],
    ["modes", root.modules().map((each) => `${each.training}`), [...modes(model)]],
  ] as const;
  for (const [kind, actual, expected] of lists) {
    sameList(evidence, `The ${kind} differ from the model, ${after}`, kind, actual, expected);
  }
}

/** The modes of all nodes in the order of `modules()`: depth first. */
function modes(root: Node): string[] {
  const seen = new Set<Node>();
  const visit = (node: Node): string[] => {
    if (seen.has(node)) return [];
    seen.add(node);
    return [`${node.training}`, ...[...node.children.values()].flatMap(visit)];
  };
  return visit(root);
}

async function sameValues(
  evidence: Evidence,
  state: ReadonlyMap<string, Tensor>,
  model: readonly [string, Cell][],
): Promise<void> {
  for (const [name, { values }] of model) {
    const { bytes, dtype } = await snapshot(state.get(name)!);
    const actual = decodeNumbers(bytes, dtype);
    const at = values.findIndex((each, i) => !Object.is(each, actual[i]));
    demand(evidence, at < 0 && actual.length === values.length, {
      what: "A value differs from the model",
      where: `${name}[${at}]`,
      expected: String(values[at]),
      actual: String(actual[at]),
    });
    evidence.compared(values.length);
  }
}
