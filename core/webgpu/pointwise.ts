/**
 * Kernels that reduce nothing: each invocation computes four elements.
 *
 * @module
 */
import type { Plan } from "../plan.ts";
import { numelOf } from "../shape.ts";
import type { Layout } from "./layout.ts";
import type { KernelSource } from "./queue.ts";
import { type Place, Shader, type Values } from "./shader.ts";

/** Invocations in a workgroup. */
export const WORKGROUP = 64;

/** The number of an invocation, over both dimensions of a folded dispatch. */
export const INVOCATION = `@builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32`;

/** Generates the kernel. */
export function pointwiseKernel(plan: Plan, layout: Layout, label: string): KernelSource {
  const shader = new Shader(plan, layout);
  const { outer, inner, ragged } = layout;
  const dims = [...outer, ...inner].map((_, d) => d);
  const last = dims.length - 1;
  const total = dims.map((d) => shader.size(d)).join(" * ");
  let body = `let n = ${total};\nlet first = i32(id) * 4;\nif (first >= n) { return; }\n`;
  let place: Place;
  const inside = "(vec4<i32>(first) + vec4<i32>(0, 1, 2, 3)) < vec4<i32>(n)";
  if (ragged) {
    body += "let each = min(vec4<i32>(first) + vec4<i32>(0, 1, 2, 3), vec4<i32>(n - 1));\n";
    const { text, names } = shader.split("each", dims, "vec4<i32>");
    body += text;
    place = { coordinates: names, apart: true, inside: "inside", linear: "first" };
  } else {
    const { text, names } = shader.split("first", dims);
    body += text;
    place = {
      coordinates: names,
      apart: false,
      inside: last === 0 ? "inside" : null,
      linear: null,
    };
  }
  if (place.inside !== null) body += `let inside = ${inside};\n`;
  const known: Values = new Map();
  for (const { step } of layout.targets) body += shader.compute(step, place, known);
  // Everything is read before anything is written: a value may go over what it is made of.
  for (const { step, stream } of layout.targets) {
    body += shader.store(stream, known.get(step)!, place);
  }
  const code = shader.module(`@compute @workgroup_size(${WORKGROUP})
fn main(${INVOCATION}) {
let id = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;
${body}}
`);
  return { label, code, access: shader.access(), words: layout.places.words };
}

/** How many workgroups a plan takes. */
export function pointwiseGroups({ outer, inner }: Layout): number {
  const n = numelOf([...outer, ...inner]);
  return Math.ceil(Math.ceil(n / 4) / WORKGROUP);
}
