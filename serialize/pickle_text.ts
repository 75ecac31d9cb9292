/**
 * How pickles spell text and integers.
 *
 * @module
 */

// `ignoreBOM` keeps a leading U+FEFF, which belongs to the text.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 in which lone surrogates are allowed, as Python's "surrogatepass" has it.
 *
 * @param bytes The encoded text.
 * @returns The text, or undefined when the bytes are not such text.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decodeWithSurrogates(bytes);
  }
}

function decodeWithSurrogates(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] !== 0xed || bytes[at + 1] < 0xa0 || (bytes[at + 2] & 0xc0) !== 0x80) continue;
    try {
      parts.push(strictUtf8.decode(bytes.subarray(from, at)));
    } catch {
      return undefined;
    }
    parts.push(
      String.fromCharCode(0xd000 | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f)),
    );
    from = at + 3;
    at += 2;
  }
  if (from === 0) return undefined;
  try {
    parts.push(strictUtf8.decode(bytes.subarray(from)));
  } catch {
    return undefined;
  }
  return parts.join("");
}

/**
 * Encodes text as UTF-8, lone surrogates too (as Python's "surrogatepass" does).
 *
 * @param text The text.
 * @returns Its bytes.
 */
export function encodeUtf8(text: string): Uint8Array {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) {
      bytes.push(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    } else bytes.push(...new TextEncoder().encode(character));
  }
  return Uint8Array.from(bytes);
}

/**
 * Decodes bytes as Latin-1: each byte is the code of its character.
 *
 * @param bytes The bytes.
 * @returns A string of as many characters. The web's "latin1" label means windows-1252, which
 * differs in 0x80 to 0x9F.
 */
export function decodeLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  }
  return parts.join("");
}

/**
 * Decodes Python's "raw-unicode-escape": `\uXXXX` and `\UXXXXXXXX`, everything else as it is.
 *
 * @param line The line, one character a byte.
 * @returns The text, or undefined when an escape is no character.
 */
export function decodeRawUnicode(line: string): string | undefined {
  let valid = true;
  // A run of backslashes is matched whole: only the last of an odd number starts an escape.
  const text = line.replace(
    /\\+(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))?/g,
    (whole, short?: string, long?: string) => {
      const digits = short ?? long;
      if (digits === undefined) return whole;
      const slashes = whole.length - digits.length - 1;
      const code = parseInt(digits, 16);
      if (code > 0x10ffff) valid = false;
      if (slashes % 2 === 0 || code > 0x10ffff) return whole;
      return "\\".repeat(slashes - 1) + String.fromCodePoint(code);
    },
  );
  return valid ? text : undefined;
}

/**
 * Decodes a two's-complement little-endian integer of any length.
 *
 * @param bytes The integer; none is zero.
 * @returns A number where it is exact, a bigint past 2^53.
 */
export function decodeInteger(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const magnitude = BigInt("0x" + bytes.slice().reverse().toHex());
  const value = BigInt.asIntN(8 * bytes.length, magnitude);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/**
 * Encodes an integer as the shortest two's-complement little-endian bytes.
 *
 * @param value The integer.
 * @returns Its bytes; none for zero.
 */
export function encodeInteger(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const bits = (value < 0n ? ~value : value).toString(16).length * 4 + 1;
  let length = Math.ceil(bits / 8);
  while (length > 1 && BigInt.asIntN(8 * (length - 1), value) === value) length--;
  const hex = BigInt.asUintN(8 * length, value).toString(16).padStart(2 * length, "0");
  return Uint8Array.fromHex(hex).reverse();
}

/** Longest decimal integer taken: Python's own limit (`sys.int_info.default_max_str_digits`). */
const MAX_DIGITS = 4300;

/**
 * Reads a decimal integer, with or without Python 2's final "L".
 *
 * @param line The line.
 * @returns A number where it is exact, a bigint past 2^53, or undefined when it is no integer.
 */
export function parseDecimal(line: string): number | bigint | undefined {
  if (line.length > MAX_DIGITS) return undefined;
  const parts = /^\s*([+-]?)(\d+)L?\s*$/.exec(line);
  if (parts === null) return undefined;
  const value = BigInt(parts[1] === "-" ? `-${parts[2]}` : parts[2]);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/**
 * Reads the text of the INT opcode, whose "00" and "01" are booleans.
 *
 * @param line The line.
 * @returns The value, or undefined when it is none.
 */
export function parseTextInt(line: string): boolean | number | bigint | undefined {
  if (line === "00") return false;
  if (line === "01") return true;
  return parseDecimal(line);
}

/**
 * Reads a float as Python's `repr` writes it.
 *
 * @param line The line.
 * @returns The number, or undefined when it is none.
 */
export function parseFloat64(line: string): number | undefined {
  const text = line.trim();
  const special = /^([+-]?)(inf|nan)$/.exec(text);
  if (special) return special[2] === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/**
 * Reads a Python 2 `str` as its `repr` writes it.
 *
 * @param line The line, one character a byte, with its quotes.
 * @returns Text where the bytes are UTF-8, else the bytes; undefined when it has no quotes.
 */
export function parseQuoted(line: string): string | Uint8Array | undefined {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote)) {
    return undefined;
  }
  const text = line.slice(1, -1).replace(
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g,
    (_, hex?: string, octal?: string, one?: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
      return ESCAPES[one!] ?? one!;
    },
  );
  const raw = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return decodeUtf8(raw) ?? raw;
}
