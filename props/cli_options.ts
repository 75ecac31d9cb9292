/**
 * Reading the gate's command line.
 *
 * @module
 */
import type { DeviceName } from "../core/mod.ts";
import { DEVICES } from "./devices.ts";
import type { Json } from "./law.ts";

/** What the command line asks for. */
export interface CliOptions {
  /** Files, folders and URLs with subjects. */
  places: string[];
  /** Devices; empty for all. */
  devices: DeviceName[];
  /** Devices that must be there. */
  requireDevices: DeviceName[];
  /** Patterns of laws; empty for all. */
  laws: string[];
  /** Patterns of subjects; empty for all. */
  subjects: string[];
  /** How many cases. */
  runs?: number;
  /** Seconds for each judgement. */
  seconds?: number;
  /** The master seed. */
  seed?: number;
  /** The case to replay. */
  case?: Json;
  /** Where to write the report as JSON. */
  json?: string;
  /** Whether to list what would be judged. */
  list: boolean;
  /** Whether to print help. */
  help: boolean;
}

/** A command line that says nothing that can be done. */
export class UsageError extends Error {
  /** The class's name, as printed before the message. */
  override name = "UsageError";
}

/** The text of `--help`. */
export const HELP = `Judges modules by the laws of Touchstone.

  deno task conform [options] [files, folders or URLs...]

A file exports an array "subjects", or module classes whose constructor takes no
arguments. Without files, this package's own modules and engine are judged, and a
checkpoint that PyTorch made.

  --device NAME      a device to judge on: cpu, reference or webgpu (or its alias gpu); may be
                     repeated; default: every one that there is
  --require-device NAME
                     judge on this device too, and fail if it is not there; may be repeated
  --law PATTERN      only these laws: an id, a part of one, or with * and ?; may be repeated
  --subject PATTERN  only these subjects; may be repeated
  --runs N           cases for each law, subject and device; default: the law's own number
  --seconds N        after this time for one of them the verdict is unknown; default: 30
  --seed S           the master seed; the same seed gives the same cases; default: 0
  --case JSON        judge exactly this case (with one --law and one --subject)
  --list             print the laws and subjects, and judge nothing
  --json FILE        write the report as JSON too
  --help             print this

WebGPU is opened where there is an adapter; where there is none, a line says so.

Exit code: 0 every law held; 1 one was refuted; 2 the command line or a file is wrong;
3 nothing was refuted but something is unknown, or a required device is absent; 5 there was
nothing to judge.
`;

const LISTS = {
  "--device": "devices",
  "--require-device": "requireDevices",
  "--law": "laws",
  "--subject": "subjects",
} as const;
const NUMBERS = { "--runs": "runs", "--seconds": "seconds", "--seed": "seed" } as const;

/**
 * What a command line asks for.
 *
 * @param args The words after the program's name.
 * @returns The options.
 * @throws {UsageError} If a word is unknown, or a value is missing or wrong.
 */
export function parseArgs(args: readonly string[]): CliOptions {
  const options: CliOptions = {
    places: [],
    devices: [],
    requireDevices: [],
    laws: [],
    subjects: [],
    list: false,
    help: false,
  };
  const words = args.flatMap((word) => {
    const at = word.startsWith("--") ? word.indexOf("=") : -1;
    return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
  });
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const value = (): string => {
      if (++i >= words.length) throw new UsageError(`${word} needs a value`);
      return words[i];
    };
    if (word === "--help" || word === "-h") options.help = true;
    else if (word === "--list") options.list = true;
    else if (word === "--json") options.json = value();
    else if (word === "--case") options.case = parseCase(value());
    else if (word in NUMBERS) {
      const key = NUMBERS[word as keyof typeof NUMBERS];
      options[key] = parseNumber(word, value(), key);
    } else if (word in LISTS) {
      const key = LISTS[word as keyof typeof LISTS];
      (options[key] as string[]).push(word.endsWith("device") ? device(value()) : value());
    } else if (word.startsWith("-")) {
      throw new UsageError(`There is no option ${word}; --help lists them`);
    } else options.places.push(word);
  }
  return options;
}

function device(name: string): DeviceName {
  const found = name === "gpu" ? "webgpu" : DEVICES.find((each) => each === name);
  if (found !== undefined) return found;
  throw new UsageError(`There is no device "${name}": there are ${DEVICES.join(", ")}`);
}

function parseNumber(word: string, text: string, key: string): number {
  const value = Number(text);
  const whole = Number.isSafeInteger(value) && (key === "seed" || value > 0);
  if (text.trim() !== "" && (whole || (key === "seconds" && value > 0))) return value;
  throw new UsageError(
    `${word} needs a ${key === "seed" ? "whole" : "positive"} number, got "${text}"`,
  );
}

function parseCase(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--case needs JSON: ${(error as Error).message}`);
  }
}

/**
 * The names that patterns choose: the one that is equal, else those that a pattern with `*` and `?`
 * fits, else those that contain it.
 *
 * @param kind What the names are of, for the message.
 * @param names All names.
 * @param patterns Patterns; none choose all.
 * @returns The chosen names, in the order of all.
 * @throws {UsageError} If a pattern chooses none.
 */
export function choose(
  kind: string,
  names: readonly string[],
  patterns: readonly string[],
): string[] {
  if (patterns.length === 0) return [...names];
  const chosen = new Set<string>();
  for (const pattern of patterns) {
    const fits = names.includes(pattern) ? [pattern] : names.filter(fitter(pattern));
    if (fits.length === 0) {
      throw new UsageError(`No ${kind} fits "${pattern}": there are ${names.join(", ")}`);
    }
    for (const name of fits) chosen.add(name);
  }
  return names.filter((name) => chosen.has(name));
}

function fitter(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) {
    return (name) => name.toLowerCase().includes(pattern.toLowerCase());
  }
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${escaped}$`, "i");
  return (name) => expression.test(name);
}
