/**
 * Modules that keep something where only one process has it.
 *
 * @module
 */
import { linspace, type Tensor, tensor } from "../../core/mod.ts";
import { Buffer, Linear, Module } from "../../nn/mod.ts";
import { processesFor } from "../adapters/apart.ts";
import { givenOf } from "../instance.ts";
import type { Subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";
import { rows } from "./parts.ts";

/** Numbers that no seed decides. */
const unseeded = (): Tensor => tensor([...crypto.getRandomValues(new Uint8Array(2))]).div(255);

/** Scales columns by a table, which files hold. */
class OwnTable extends Module {
  lin: Linear = new Linear(4, 2);
  table: Buffer = new Buffer(linspace(0.5, 1, 2));
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(this.table);
  }
}

let shared: Tensor | null = null;

class ProcessTable extends Module {
  lin: Linear = new Linear(4, 2);
  override forward(x: Tensor): Tensor {
    return this.lin.forward(x).mul(shared ??= unseeded());
  }
}

/** What the other process finds in this file. */
export const subjects: readonly Subject[] = [
  rows("OwnTable", () => new OwnTable()),
  rows("ProcessTable", () => new ProcessTable()),
];

const apart = processesFor(import.meta.url);
const [original, processTable] = subjects.map((subject, i) => ({ ...subject, apart: apart(i) }));

/** Mutants that only another process shows. */
export const processMutants: readonly Mutant[] = [
  {
    law: "save/resume-in-a-fresh-process",
    id: "table-of-the-process",
    about:
      "A table is drawn once for all instances and kept in a variable: every process has another.",
    original,
    subject: processTable,
    async observe(of) {
      const x = givenOf({ tensor: [1, 4], dtype: "float32", fill: "ones", seed: 0 });
      const there = await of.apart!.make(1, "cpu");
      const output = await (await there.forward([x], { seed: 1 })).values();
      await of.apart!.release();
      return JSON.stringify([...output.values()].map(({ bytes }) => [...bytes]));
    },
  },
];
