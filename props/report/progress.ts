/**
 * How far a run is: a bar with the time left for those who watch, a line now and then for those who read
 * a log.
 *
 * @module
 */
import { type Paint, painter } from "../paint.ts";

/** How far a run is. */
export interface Progress {
  /** How many results there are. */
  readonly done: number;
  /** How many there will be. */
  readonly all: number;
  /** How long it took until now. */
  readonly ms: number;
}

/** Where progress is shown. */
export interface ProgressOptions {
  /** Whether a person watches, so that a line may be written over; whether standard error is a terminal by default. */
  terminal?: boolean;
  /** Whether to use colours; on a terminal by default, unless `NO_COLOR` is set. */
  colours?: boolean;
  /** Columns of the terminal. */
  width?: number;
  /** Writes a text; to standard error by default. */
  write?: (text: string) => void;
  /** The time in milliseconds. */
  now?: () => number;
}

/** How many columns the bar has. */
const BAR = 20;

/** The least time between two bars, and between two lines of a log. */
const BAR_MS = 50;
const LINE_MS = 5000;

/**
 * The time left, if the rest goes as what is done.
 *
 * @param progress How far it is.
 * @returns Such as `1 min 20 s left`; nothing as long as nothing is done.
 */
export function timeLeft({ done, all, ms }: Progress): string {
  if (done === 0) return "";
  const seconds = Math.ceil(ms * (all - done) / done / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${minutes > 0 ? `${minutes} min ` : ""}${seconds % 60} s left`;
}

/**
 * A line with a bar.
 *
 * @param progress How far it is.
 * @param label What is being judged; it is cut where there is no room.
 * @param width Columns of the terminal.
 * @param paint Colours, or none.
 * @returns The line, no longer than the width if that has room for the bar and the time.
 */
export function progressBar(
  progress: Progress,
  label: string,
  width: number,
  paint: Paint,
): string {
  const full = Math.floor(BAR * progress.done / progress.all);
  const numbers = ` ${percent(progress)} ${timeLeft(progress)}`.trimEnd();
  const room = Math.max(0, width - BAR - numbers.length - 2);
  const bar = `${paint.green("━".repeat(full))}${paint.dim("─".repeat(BAR - full))}`;
  return `${bar}${numbers}  ${paint.dim(label.slice(0, room))}`;
}

/**
 * A line of a log.
 *
 * @param progress How far it is.
 * @returns The line.
 */
export function progressLine(progress: Progress): string {
  const left = timeLeft(progress);
  return `${percent(progress)}: ${progress.done} of ${progress.all}${left && `, ${left}`}`;
}

/**
 * Shows how far a run is: on a terminal a bar that is written over, elsewhere a line for each tenth, but
 * no more than one in five seconds.
 *
 * @param options Where.
 * @returns Functions that show how far it is, and that take the bar away.
 */
export function showProgress(
  options: ProgressOptions = {},
): { show: (done: number, all: number, label: string) => void; clear: () => void } {
  const {
    terminal = Deno.stderr.isTerminal(),
    colours = !Deno.noColor,
    write = (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now = () => performance.now(),
    width,
  } = options;
  const paint = painter(terminal && colours);
  const started = now();
  let last = terminal ? -Infinity : started;
  let tenth = 0;
  const show = (done: number, all: number, label: string) => {
    const progress = { done, all, ms: now() - started };
    if (now() - last < (terminal ? BAR_MS : LINE_MS)) return;
    if (!terminal && Math.floor(10 * done / all) === tenth) return;
    last = now();
    tenth = Math.floor(10 * done / all);
    write(
      terminal
        ? `\r\x1b[K${progressBar(progress, label, width ?? Deno.consoleSize().columns, paint)}`
        : `${progressLine(progress)}\n`,
    );
  };
  return { show, clear: () => terminal && write("\r\x1b[K") };
}

function percent({ done, all }: Progress): string {
  return `${String(Math.floor(100 * done / all)).padStart(3)} %`;
}
