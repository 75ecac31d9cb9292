/**
 * @module
 */
import { noGrad } from "../../../core/mod.ts";
import type { Module } from "../../../nn/mod.ts";
import { type Argument, seeds } from "../../argument.ts";
import { demand } from "../../compare.ts";
import { fc } from "../../fast_check.ts";
import { Evidence, type Law, law } from "../../law.ts";

/** A case of {@linkcode namesResolve}. */
export interface NamesCase {
  /** The seed of the instance. */
  seed: number;
  /** Forward arguments, if the subject takes any. */
  args: readonly Argument[] | null;
}

/** A name leads to the tensor that forward uses, also after training has begun. */
export const namesResolve: Law<NamesCase> = law({
  id: "registration/names-resolve",
  claim:
    "Each registered name leads to its object by getParameter, getBuffer or getSubmodule, and by the properties that it spells, before and after forwards.",
  source: "https://github.com/dotnet/TorchSharp/issues/845",
  needs: ["module"],
  runs: 5,
  detects: ["registry-drifts-from-field", "lookup-drops-the-path"],
  cases: ({ inputs }) => fc.record({ seed: seeds(), args: inputs ?? fc.constant(null) }),
  async check(context, { seed, args }) {
    const evidence = new Evidence();
    const module = (await context.make(seed)).train();
    resolve(evidence, module, "fresh");
    if (args === null) return evidence;
    for (let i = 0; i < 2; i++) noGrad(() => context.forward(module, context.args(args)));
    resolve(evidence, module, "used");
    return evidence;
  },
});

function resolve(evidence: Evidence, module: Module, when: string): void {
  const all = { removeDuplicate: false };
  const ways = [
    ["getParameter", module.namedParameters(all), (name: string) => module.getParameter(name)],
    ["getBuffer", module.namedBuffers(all), (name: string) => module.getBuffer(name)],
    ["getSubmodule", module.namedModules(all), (name: string) => module.getSubmodule(name)],
  ] as const;
  for (const [way, named, get] of ways) {
    for (const [name, value] of named) {
      const found = attempt(() => get(name));
      demand(evidence, found === value, {
        what: `${way}("${name}") gives another object than the list of names, in a ${when} module`,
        where: name,
        expected: "the registered object",
        actual: describe(found),
      });
      const held = follow(module, name);
      if (held === undefined || typeof held === "function") continue;
      demand(evidence, held === value, {
        what:
          `The property holds another object than the registry, in a ${when} module: forward uses one, files hold the other`,
        where: `this.${name}`,
        expected: "the registered object",
        actual: describe(held),
      });
    }
  }
}

/** What the properties that a name spells lead to: undefined, or a method, for what containers keep. */
function follow(module: Module, name: string): unknown {
  if (name === "") return module;
  return name.split(".").reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | null | undefined)?.[key],
    module,
  );
}

function attempt(get: () => unknown): unknown {
  try {
    return get();
  } catch (error) {
    return error;
  }
}

function describe(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message.split("\n")[0]}`;
  return value === null || typeof value !== "object"
    ? String(value)
    : `another ${value.constructor.name}`;
}
