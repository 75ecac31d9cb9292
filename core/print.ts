/**
 * Tensors as text, digit for digit as PyTorch prints them.
 *
 * Source: the rules of `torch/_tensor_str.py` with its default options: 4 digits, lines of 80, and
 * from 1000 elements on only 3 at each end of a dimension.
 *
 * @module
 */
import { noGrad } from "./autograd.ts";
import { type DType, isFloat, type TypedArray } from "./dtype.ts";
import { cat } from "./ops/join.ts";
import { bfloat16Value } from "./scalar_math.ts";
import type { Tensor } from "./tensor.ts";

const PRECISION = 4;
const LINE = 80;
const THRESHOLD = 1000;
const EDGE = 3;
/** Dtypes that a tensor of whole, true or common numbers is taken to have. */
const DEFAULTS: readonly DType[] = ["float32", "int64", "bool"];
const OPAQUE: readonly DType[] = ["float8_e4m3fn", "float8_e5m2", "complex64"];

/** Whether the next digit is a five followed by nothing: Python then rounds to even, JavaScript up. */
function isTie(digits: string, kept: number): boolean {
  return /^50*$/.test(digits.slice(kept));
}

/** Makes the last digit even where JavaScript rounded a tie up. */
function toEven(text: string): string {
  return text.replace(/[13579](?=e|$)/, (digit) => String(Number(digit) - 1));
}

/** `{:.nf}` of Python. */
function fixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  // Only a multiple of 2^-(digits + 1) can lie halfway.
  const halves = Math.abs(value) * 2 ** (digits + 1);
  const tie = Number.isInteger(halves) && halves % 2 === 1;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + (tie ? toEven(text) : text);
}

/** `{:.4e}` of Python. */
function scientific(value: number): string {
  const magnitude = Math.abs(value);
  const [mantissa, exponent] = magnitude.toExponential(PRECISION).split("e");
  const [all] = magnitude.toExponential(60).split("e");
  const tie = isTie(all.replace(".", ""), PRECISION + 1);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const power = `${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  return `${sign}${tie ? toEven(mantissa) : mantissa}e${power}`;
}

function special(value: number): string {
  return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

type Element = number | bigint;

/** How every element is written. */
interface Format {
  /** The least width; NaN and infinities may be wider. */
  readonly width: number;
  readonly write: (value: Element) => string;
}

const widest = (texts: readonly string[]) =>
  texts.reduce((width, { length }) => Math.max(width, length), 1);

/** One format for all elements that are shown. */
function formatOf(values: readonly Element[], dtype: DType): Format {
  if (!isFloat(dtype)) {
    const plain = (value: Element) =>
      dtype === "bool" ? (value === 0 ? "False" : "True") : String(value);
    const width = widest(values.map(plain));
    return { width, write: (value) => plain(value).padStart(width) };
  }
  const shown = (values as readonly number[]).filter((value) => value !== 0 && isFinite(value));
  let least = Infinity, most = 0;
  for (const value of shown) {
    least = Math.min(least, Math.abs(value));
    most = Math.max(most, Math.abs(value));
  }
  const whole = shown.every(Number.isInteger);
  const exponents = shown.length > 0 &&
    (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4));
  const number = exponents
    ? scientific
    : whole
    ? (value: number) => `${fixed(value, 0)}.`
    : (value: number) => fixed(value, PRECISION);
  const width = widest(shown.map(number));
  const write = (value: Element) => {
    const x = value as number;
    return (isFinite(x) ? number(x) : special(x)).padStart(width);
  };
  return { width, write };
}

/** Elements in the shape in which they are shown, and which dimensions leave some out. */
interface Excerpt {
  readonly values: readonly Element[];
  readonly shape: readonly number[];
  readonly cut: readonly boolean[];
}

function body({ values, shape, cut }: Excerpt, dtype: DType, indent: number): string {
  const { width, write } = formatOf(values, dtype);
  if (shape.length === 0) return write(values[0]);
  let next = 0;
  const row = (n: number, cut: boolean, indent: number): string => {
    const items = Array.from({ length: n }, () => write(values[next++]));
    const perLine = Math.max(1, Math.floor((LINE - indent) / (width + 2)));
    if (cut) items.splice(EDGE, 0, " ...");
    const lines: string[] = [];
    for (let i = 0; i < items.length; i += perLine) {
      lines.push(items.slice(i, i + perLine).join(", "));
    }
    return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
  };
  const block = (dim: number, indent: number): string => {
    if (dim === shape.length - 1) return row(shape[dim], cut[dim], indent);
    const items = Array.from({ length: shape[dim] }, () => block(dim + 1, indent + 1));
    if (cut[dim]) items.splice(EDGE, 0, "...");
    const gap = "\n".repeat(shape.length - dim - 1) + " ".repeat(indent + 1);
    return `[${items.join(`,${gap}`)}]`;
  };
  return block(0, indent);
}

/** What follows the elements: device, size, dtype and history. */
function suffixes(x: Tensor, shown: boolean): string[] {
  const out: string[] = [];
  if (x.device !== "cpu") out.push(`device='${x.device}'`);
  if (!shown || (x.numel === 0 && x.ndim !== 1)) {
    out.push(`size=(${x.shape.join(", ")}${x.ndim === 1 ? "," : ""})`);
  }
  const usual: readonly DType[] = x.numel === 0 ? ["float32"] : DEFAULTS;
  if (!usual.includes(x.dtype)) out.push(`dtype=torch.${x.dtype}`);
  if (x.gradFn !== null) out.push(`grad_fn=<${x.gradFn.name}>`);
  else if (x.requiresGrad) out.push("requires_grad=True");
  return out;
}

const PREFIX = "tensor(";

/** The text around the elements; a suffix that does not fit goes on the next line. */
function assembled(x: Tensor, text: string, shown: boolean): string {
  let out = PREFIX + text;
  let width = out.length - out.lastIndexOf("\n") + 1;
  for (const suffix of suffixes(x, shown)) {
    if (width + suffix.length + 2 > LINE) {
      out += `,\n${" ".repeat(PREFIX.length)}${suffix}`;
      width = PREFIX.length + suffix.length;
    } else {
      out += `, ${suffix}`;
      width += suffix.length + 2;
    }
  }
  return `${out})`;
}

/** The elements that are shown, as a small tensor of their own. */
function excerpt(x: Tensor): { part: Tensor; cut: boolean[] } {
  const cut = x.shape.map((size) => x.numel > THRESHOLD && size > 2 * EDGE);
  const part = noGrad(() => {
    let out = x.detach();
    cut.forEach((short, d) => {
      if (!short) return;
      const last = out.narrow(d, out.shape[d] - EDGE, EDGE);
      out = cat([out.narrow(d, 0, EDGE), last], d);
    });
    return out;
  });
  return { part, cut };
}

function elements(data: TypedArray, dtype: DType): Element[] {
  const values = Array.from(data as unknown as ArrayLike<Element>);
  return dtype === "bfloat16" ? values.map((bits) => bfloat16Value(bits as number)) : values;
}

function written(x: Tensor, data: TypedArray, shape: readonly number[], cut: boolean[]): string {
  const text = body({ values: elements(data, x.dtype), shape, cut }, x.dtype, PREFIX.length);
  return assembled(x, text, true);
}

/** A tensor as PyTorch prints it, read from its device. */
export async function repr(x: Tensor): Promise<string> {
  if (x.numel === 0) return assembled(x, "[]", true);
  if (OPAQUE.includes(x.dtype)) return assembled(x, "...", false);
  const { part, cut } = excerpt(x);
  return written(x, await part.data(), part.shape, cut);
}

/** A tensor as PyTorch prints it, with `...` for the elements where reading them needs waiting. */
export function reprSync(x: Tensor): string {
  if (x.storage.state === "freed") return assembled(x, "<freed>", false);
  if (x.numel === 0) return assembled(x, "[]", true);
  if (OPAQUE.includes(x.dtype) || !x.storage.connector.local) {
    return assembled(x, "...", false);
  }
  const { part, cut } = excerpt(x);
  const data = part.dataSync();
  return data === null ? assembled(x, "...", false) : written(x, data, part.shape, cut);
}
