/**
 * Products of integers.
 *
 * @module
 */
import { finish, LANES, start } from "./tile.ts";
import { classOf } from "./elements.ts";
import type { Product } from "./layout.ts";
import { operatorText } from "./operators.ts";
import { INVOCATION } from "./pointwise.ts";
import type { Shader } from "./shader.ts";

/** One row and four columns an invocation: exact in all bits, not fast. */
export function integerProduct(shader: Shader, product: Product): string {
  const { a, b } = product;
  const { steps, used } = shader;
  const { dtype } = steps[product.step];
  const long = classOf(dtype) === "l";
  const number = "i32((group.y * groups.x + group.x) * 8u + local)";
  let { body, batch } = start(shader, number, 1, 4);
  const mDim = shader.layout.outer.length - 1, nDim = mDim + 1;
  const stride = (stream: typeof a, d: number) =>
    shader.int(shader.layout.places.streams.get(stream)! + 1 + d);
  body += `let pa = ${shader.position(a, [...batch, "m0"], false)};\n`;
  body += `let pb = ${shader.position(b, batch, false)};\n`;
  const element = (buffer: number, at: string, along: string) => {
    if (along === "none") return `b${buffer}[u32(${at})]`;
    return long ? pair(buffer, at) : `b${buffer}[u32(${at}) >> 2u][u32(${at}) & 3u]`;
  };
  const pair = (buffer: number, at: string) =>
    `vec2<u32>(b${buffer}[u32(${at}) >> 1u][(u32(${at}) & 1u) * 2u], b${buffer}[u32(${at}) >> 1u][(u32(${at}) & 1u) * 2u + 1u])`;
  body += long ? "var sum = I64(vec4<u32>(0u), vec4<u32>(0u));\n" : "var sum = vec4<i32>(0);\n";
  let loop = `let x = ${element(a.binding, `pa + k * ${stride(a, nDim)}`, product.aAlong)};\n`;
  LANES.forEach((_, lane) => {
    const column = `min(n0 + ${lane}, columns - 1)`;
    const at = `pb + k * ${stride(b, mDim)} + ${column} * ${stride(b, nDim)}`;
    loop += `let y${lane} = ${element(b.binding, at, product.bAlong)};\n`;
  });
  if (long) {
    loop += "let xs = I64(vec4<u32>(x.x), vec4<u32>(x.y));\n";
    loop += "let ys = I64(vec4<u32>(y0.x, y1.x, y2.x, y3.x), vec4<u32>(y0.y, y1.y, y2.y, y3.y));\n";
  } else loop += "let xs = vec4<i32>(x);\nlet ys = vec4<i32>(y0, y1, y2, y3);\n";
  const times = operatorText("mul", ["xs", "ys"], dtype, dtype, used, false).text;
  loop += `sum = ${operatorText("add", ["sum", times], dtype, dtype, used, false).text};\n`;
  body += `for (var k = 0; k < length; k++) {\n${loop}}\n`;
  body += finish(shader, product, "sum", batch, "m0", "n0");
  return `@compute @workgroup_size(8)\nfn main(${INVOCATION}) {\n${body}}\n`;
}
