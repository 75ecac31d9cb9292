/**
 * What the gate and the processes that judge for it say to each other: one line of JSON each. The
 * process's lines begin with a word that the subject can't know, since the subject may print too.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import type { Json } from "../law.ts";
import type { Result } from "../results.ts";

/** The first line to a process. */
export interface Hello {
  /** What each of its lines begins with. */
  readonly nonce: string;
  /** The file whose subjects it judges. */
  readonly file: string;
  /** The file that keeps the case that it has begun; without one, it sends each case. */
  readonly cases?: string;
}

/** Every other line to a process: what to judge, and how. */
export interface Order {
  /** The subject's place in the file. */
  readonly index: number;
  /** What the subject is called. */
  readonly subject: string;
  /** The law's id. */
  readonly law: string;
  /** The devices to open: a law may move a module between them. */
  readonly devices: readonly DeviceName[];
  /** Where. */
  readonly device: DeviceName;
  /** The other device, for laws that move modules; one that is open by default. */
  readonly partner?: DeviceName;
  /** The master seed. */
  readonly seed: number;
  /** The time after which the process itself gives up, between two cases. */
  readonly milliseconds: number;
  /** How many cases; what the law says by default. */
  readonly runs?: number;
  /** Cases to judge first. */
  readonly examples: readonly Json[];
  /** Judge exactly this case. */
  readonly case?: Json;
}

/** What a process says. */
export type Message =
  /** The file is imported: the names of its subjects. */
  | { readonly kind: "subjects"; readonly names: readonly string[] }
  /** The file can't be imported. */
  | { readonly kind: "broken"; readonly why: string }
  /** A case begins; its JSON is read only where the process dies of it. */
  | { readonly kind: "case"; readonly json: string }
  /** The law of the case has asked for the other device. */
  | { readonly kind: "partner"; readonly device: DeviceName }
  /** What came of an order. */
  | { readonly kind: "result"; readonly result: Result };

const LETTERS = { subjects: "s", broken: "b", case: "c", partner: "p", result: "r" } as const;

/**
 * A message as a line.
 *
 * @param nonce What it begins with.
 * @param message The message.
 * @returns The line. It begins with a line's end, for what the subject printed before may have none.
 */
export function encode(nonce: string, message: Message): string {
  const body = message.kind === "case" ? message.json : JSON.stringify(message);
  return `\n${nonce}${LETTERS[message.kind]}${body}\n`;
}

/**
 * The message that a line holds.
 *
 * @param nonce What the lines of the process begin with.
 * @param line The line.
 * @returns The message, or null if the line is the subject's own.
 */
export function decode(nonce: string, line: string): Message | null {
  if (!line.startsWith(nonce)) return null;
  const letter = line[nonce.length];
  const body = line.slice(nonce.length + 1);
  return letter === LETTERS.case ? { kind: "case", json: body } : JSON.parse(body);
}

/** The lines of a stream of bytes, as they end; the last need not. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
