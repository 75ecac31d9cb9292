import { assertEquals } from "@std/assert";
import { ones, type Tensor } from "../core/mod.ts";
import { Buffer, Dropout, Linear, Module, type Parameter, Sequential } from "../nn/mod.ts";
import { numberOf } from "./held_tensors.ts";
import { leadsOf } from "./module_leads.ts";

/** Lists another buffer than it holds, and finds no parameter. */
class Astray extends Module {
  inner = new Sequential(new Dropout(0.5));
  lin = new Linear(1, 1, { bias: false });
  mean: Tensor = new Buffer(ones([1]));
  readonly listed: Tensor = this.mean.detach();
  override namedBuffers(): [string, Tensor][] {
    return [["mean", this.listed]];
  }
  override getParameter(): Parameter {
    throw new RangeError("no\nmore");
  }
}

Deno.test("leadsOf() tells what look-ups and properties lead to, or what there is instead", () => {
  const module = new Astray();
  const { inner, lin, mean, listed } = module;
  const [all, own, weight] = [inner, inner.at(0)!, lin.weight].map((each) => numberOf(each));
  const leads = leadsOf(module).filter(({ name }) => name !== "" && name !== "lin");
  assertEquals(leads.map(({ way, by, listed, found }) => [way, by, listed, found]), [
    ['getParameter("lin.weight")', "lookup", weight, "RangeError: no"],
    ["this.lin.weight", "property", weight, weight],
    ['getBuffer("mean")', "lookup", numberOf(listed), numberOf(mean)],
    ["this.mean", "property", numberOf(listed), numberOf(mean)],
    ['getSubmodule("inner")', "lookup", all, all],
    ["this.inner", "property", all, all],
    ['getSubmodule("inner.0")', "lookup", own, own],
    ["this.inner.0", "property", own, own],
  ]);
});
