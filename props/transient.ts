/**
 * Which buffers of a module files do not hold, by what its constructor says.
 *
 * @module
 */
import { Buffer, Module } from "../nn/mod.ts";
import type { Context } from "./context.ts";

/**
 * Makes an instance and notes which buffers were registered as not persistent: an instance does not
 * tell afterwards.
 *
 * @param context Makes the instance.
 * @param seed Its seed.
 * @returns The instance, and the names of those buffers.
 */
export async function watchTransient(
  context: Context,
  seed: number,
): Promise<{ module: Module; transient: ReadonlySet<string> }> {
  const modules = new Map<Module, Set<string>>();
  const { registerBuffer } = Module.prototype;
  Module.prototype.registerBuffer = function (name, tensor, options = {}) {
    registerBuffer.call(this, name, tensor, options);
    const own = tensor instanceof Buffer ? tensor.persistent : true;
    if (options.persistent ?? own) return;
    modules.set(this, (modules.get(this) ?? new Set()).add(name));
  };
  // Restored before anything is awaited: constructors are synchronous.
  let made: Promise<Module>;
  try {
    made = context.make(seed);
  } finally {
    Module.prototype.registerBuffer = registerBuffer;
  }
  const module = await made;
  const transient = new Set<string>();
  for (const [path, inner] of module.namedModules({ removeDuplicate: false })) {
    const own = inner.namedBuffers({ recurse: false, removeDuplicate: false })
      .filter(([, value]) => value instanceof Buffer && !value.persistent)
      .map(([name]) => name);
    for (const name of [...modules.get(inner) ?? [], ...own]) {
      transient.add(path === "" ? name : `${path}.${name}`);
    }
  }
  return { module, transient };
}
