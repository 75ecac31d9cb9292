/**
 * Reading the gate's command line.
 *
 * @module
 */
import { parseArgs as parseWords } from "node:util";
import type { DeviceName } from "../core/mod.ts";
import { DEVICES } from "./devices.ts";
import type { Json } from "./law.ts";
import type { Shard } from "./results.ts";

/** What the command line asks for. */
export interface CliOptions {
  /** Files, folders and URLs with subjects. */
  places: string[];
  /** Devices; empty for all. */
  devices: DeviceName[];
  /** Devices that must be there. */
  requireDevices: DeviceName[];
  /** The other device, for laws that move modules. */
  partner?: DeviceName;
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
  /** The most memory of a process, in megabytes. */
  memory?: number;
  /** The case to replay. */
  case?: Json;
  /** The file of the case to replay. */
  replay?: string;
  /** Which part of the plan to judge. */
  shard?: Shard;
  /** How many processes judge at once. */
  jobs?: number;
  /** The file of expectations. */
  expect?: string;
  /** The folder of cases that are judged first, instead of the one beside each file. */
  regressions?: string;
  /** Whether to write what is refuted into that folder. */
  record: boolean;
  /** Whether to stop at the first refutation. */
  failFast: boolean;
  /** Whether it is fine that there is nothing to judge. */
  allowEmpty: boolean;
  /** Where to write the report as lines of JSON. */
  json?: string;
  /** Where to write the report as JUnit XML. */
  junit?: string;
  /** Where to write the report as a page of HTML. */
  html?: string;
  /** Whether to print annotations for GitHub, and to write its summary of the job. */
  github: boolean;
  /** Whether to judge again when a file changes. */
  watch: boolean;
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
  deno task conform merge [options] REPORTS...   joins the reports that shards wrote with --json
  deno task conform init [FOLDER]                writes a first file of subjects and a workflow
  deno task conform server [options] -- COMMAND  checks a server of another library's modules

A file exports an array "subjects", or module classes whose constructor takes no
arguments. Without files, this package's own modules and engine are judged, and a
checkpoint that PyTorch made.

  --device NAME      a device to judge on: cpu, reference or webgpu (or its alias gpu); may be
                     repeated; default: every one that there is
  --require-device NAME
                     judge on this device too, and fail if it is not there; may be repeated
  --partner NAME     the device that laws move modules to and back; default: WebGPU if it is judged
                     on, else the CPU; a replay names the one that it needs
  --law PATTERN      only these laws: an id, a part of one, or with * and ?; may be repeated
  --subject PATTERN  only these subjects; may be repeated
  --runs N           cases for each law, subject and device; default: the law's own number
  --seconds N        after this time for one of them the verdict is unknown, and a case that takes
                     longer ends its process; default: 30
  --memory MB        a process that takes more is ended, and the verdict unknown; default: 2048
  --seed S           the master seed; the same seed gives the same cases; default: 0
  --case JSON        judge exactly this case (with one --law and one --subject)
  --replay FILE      judge the case of a file that --record wrote, and nothing else
  --record           write each refuted case into the folder "regressions" beside its subject's
                     file, whose cases are judged first in every later run
  --regressions DIR  the folder to read them from and to write them into
  --expect FILE      JSON: a list of refutations that are known, with law, subject (* for each) and
                     reason, and perhaps when, link, expires and case; one that is not met is an
                     error
  --shard I/N        judge only this part of all; "merge" joins the parts' reports
  --jobs N           processes at once; default: one for each core
  --fail-fast        stop at the first refutation
  --allow-empty      exit with 0 instead of 5 if there is nothing to judge
  --list             print the laws and subjects, and judge nothing
  --json FILE        write the report as lines of JSON: a header, the results, a footer
  --junit FILE       write the report as JUnit XML
  --html FILE        write the report as one page of HTML
  --github           annotate the subjects' files in GitHub Actions, and write the job's summary
  --watch            judge again when a file of a subject changes, or a local file that it imports;
                     ends, when it is interrupted, with the code of the last run
  --help             print this

Each file is judged in processes of its own, which may do what this one may: one that hangs,
crashes or takes too much memory leaves the others alone. Without --allow-run there are none.

WebGPU is opened where there is an adapter; where there is none, a line says so.

Exit code: 0 every law held; 1 one was refuted; 2 the command line or a file is wrong;
3 nothing was refuted but something is unknown, or a required device is absent; 5 there was
nothing to judge. An interrupted run reports what it judged and exits with 128 and the signal's
number.
`;

const TEXT = { type: "string" } as const;
const LIST = { type: "string", multiple: true, default: [] as string[] } as const;
const FLAG = { type: "boolean", default: false } as const;
const WORDS = {
  "device": LIST,
  "require-device": LIST,
  "partner": TEXT,
  "law": LIST,
  "subject": LIST,
  "runs": TEXT,
  "seconds": TEXT,
  "memory": TEXT,
  "seed": TEXT,
  "case": TEXT,
  "replay": TEXT,
  "shard": TEXT,
  "jobs": TEXT,
  "expect": TEXT,
  "regressions": TEXT,
  "json": TEXT,
  "junit": TEXT,
  "html": TEXT,
  "github": FLAG,
  "watch": FLAG,
  "record": FLAG,
  "fail-fast": FLAG,
  "allow-empty": FLAG,
  "list": FLAG,
  "help": { ...FLAG, short: "h" },
} as const;
const NUMBERS = ["runs", "seconds", "memory", "seed", "jobs"] as const;
const TEXTS = ["replay", "expect", "regressions", "json", "junit", "html"] as const;

/**
 * What a command line asks for.
 *
 * @param args The words after the program's name.
 * @returns The options.
 * @throws {UsageError} If a word is unknown, or a value is missing or wrong.
 */
export function parseArgs(args: readonly string[]): CliOptions {
  const { values, positionals } = read(args);
  const options: CliOptions = {
    places: positionals,
    devices: values.device.map(device),
    requireDevices: values["require-device"].map(device),
    laws: values.law,
    subjects: values.subject,
    record: values.record,
    failFast: values["fail-fast"],
    allowEmpty: values["allow-empty"],
    github: values.github,
    watch: values.watch,
    list: values.list,
    help: values.help,
  };
  for (const key of NUMBERS) {
    const text = values[key];
    if (text !== undefined) options[key] = parseNumber(`--${key}`, text, key);
  }
  for (const key of TEXTS) {
    const text = values[key];
    if (text !== undefined) options[key] = text;
  }
  if (values.partner !== undefined) options.partner = device(values.partner);
  if (values.case !== undefined) options.case = parseCase(values.case);
  if (values.shard !== undefined) options.shard = parseShard(values.shard);
  return options;
}

function read(args: readonly string[]) {
  try {
    return parseWords({ args: [...args], options: WORDS, allowPositionals: true });
  } catch (error) {
    const [first] = (error as Error).message.split(". To specify");
    throw new UsageError(`${first}; --help lists the options`);
  }
}

function parseShard(text: string): Shard {
  const [index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (index >= 1 && index <= of) return { index, of };
  throw new UsageError(`--shard needs a part such as 1/3, got "${text}"`);
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
