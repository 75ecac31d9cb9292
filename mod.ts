/**
 * Tensors, modules and checkpoints with PyTorch's semantics: the public face of Touchstone.
 *
 * @example Define a module, save what it holds, load it again
 * ```ts
 * import { load, nn, randn, save, type Tensor } from "@touchstone/touchstone";
 * import { assertEquals } from "@std/assert";
 *
 * class Model extends nn.Module {
 *   lin = new nn.Linear(4, 2);
 *   override forward(x: Tensor): Tensor {
 *     return this.lin.forward(x);
 *   }
 * }
 *
 * const folder = await Deno.makeTempDir();
 * const model = new Model();
 * await save(model.stateDict(), `${folder}/model.pt`);
 *
 * const restored = new Model();
 * await restored.loadStateDict(await load(`${folder}/model.pt`));
 * restored.eval();
 *
 * const x = randn([3, 4]);
 * assertEquals(await restored.forward(x).data(), await model.forward(x).data());
 * ```
 *
 * @module
 */
export * from "./core/mod.ts";
export * as nn from "./nn/mod.ts";
export * as F from "./nn/functional.ts";
export * as optim from "./nn/optim/mod.ts";
export type { StateDict } from "./nn/mod.ts";
export * from "./serialize/mod.ts";
