/**
 * One process that judges the subjects of one file, and the watch over it: it is killed when it says
 * nothing for too long or takes too much memory. A worker would not do, for it can't be stopped.
 *
 * @module
 */
import { SubjectFileError } from "../load_subjects.ts";
import type { Cause, Result } from "../results.ts";
import { type LastCase, makeCaseFile, NO_CASE, readLastCase } from "./last_case.ts";
import { permissionFlags } from "./permissions.ts";
import { decode, type Hello, linesOf, type Message, type Order } from "./protocol.ts";

/** Limits of a process. */
export interface Limits {
  /** How long one case may take, in milliseconds. */
  readonly milliseconds: number;
  /** How much memory the process may take, in bytes. */
  readonly memory: number;
}

/** A process that died before it answered. */
export class Death extends Error {
  /** The class's name, as printed before the message. */
  override name = "Death";
  /** What it died of. */
  readonly of: Exclude<Cause, "interrupted" | "ill-conditioned">;
  /** The case that it had begun, if it had begun one. */
  readonly last: LastCase;

  /** Says what the process died of, and during which case. */
  constructor(of: Death["of"], message: string, last: LastCase) {
    super(message);
    this.of = of;
    this.last = last;
  }
}

/** How often a process is looked at, in milliseconds. */
const INTERVAL = 50;
/** How many of the last lines that it printed are kept. */
const LAST_WORDS = 8;

/** A process that judges the subjects of a file. */
export class JudgingProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #limits: Limits;
  readonly #nonce: string = crypto.randomUUID();
  readonly #lastWords: string[] = [];
  #names: Promise<readonly string[]> | null = null;
  #answer: PromiseWithResolvers<Message> | null = null;
  #killed: { cause: Death["of"]; message: string } | null = null;
  #dead: Death | null = null;
  #quiet = 0;
  #last = NO_CASE;
  /** Where the process keeps its last case; if nowhere, it sends each. */
  readonly #cases: string | null = makeCaseFile();
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #ended: Promise<void>;

  /**
   * Starts a process.
   *
   * @param file The file whose subjects it judges.
   * @param limits When it is killed.
   */
  constructor(file: string, limits: Limits) {
    const heap = `--max-old-space-size=${Math.ceil(limits.memory / 2 ** 20)}`;
    this.#limits = limits;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        `--v8-flags=${heap}`,
        ...permissionFlags(file),
        import.meta.resolve("./child.ts"),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#watch = setInterval(() => this.#look(), INTERVAL);
    this.#ended = this.#follow();
    const cases = this.#cases === null ? {} : { cases: this.#cases };
    this.#send({ nonce: this.#nonce, file, ...cases });
  }

  /**
   * Waits until the file is imported.
   *
   * @returns The names of its subjects.
   * @throws {SubjectFileError} If it can't be.
   * @throws {Death} If the process dies of it.
   */
  ready(): Promise<readonly string[]> {
    return this.#names ??= this.#import();
  }

  async #import(): Promise<readonly string[]> {
    const message = await this.#next();
    if (message.kind === "broken") throw new SubjectFileError(message.why);
    return (message as Message & { kind: "subjects" }).names;
  }

  /**
   * Has something judged.
   *
   * @param order What, and how.
   * @returns The result.
   * @throws {Death} If the process dies of it.
   */
  async judge(order: Order): Promise<Result> {
    this.#send(order);
    return (await this.#next() as Message & { kind: "result" }).result;
  }

  /** Kills the process: what it was judging gets no result. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** Ends the process, and waits until it has. */
  async end(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  /** Whether it takes half of the memory that it may: another one had better go on. */
  get large(): boolean {
    return (this.#memory() ?? 0) > this.#limits.memory / 2;
  }

  #send(line: Hello | Order): void {
    // A process that has ended reads nothing; that it has is told by what it answers.
    this.#input.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`)).catch(() => {});
  }

  #next(): Promise<Message> {
    this.#quiet = 0;
    this.#last = NO_CASE;
    if (this.#answer === null && this.#dead !== null) return Promise.reject(this.#dead);
    this.#answer ??= Promise.withResolvers();
    const { promise } = this.#answer;
    return promise.finally(() => this.#answer = null);
  }

  async #follow(): Promise<void> {
    const [status] = await Promise.all([this.#child.status, this.#listen(), this.#overhear()]);
    clearInterval(this.#watch);
    await this.#input.close().catch(() => {});
    this.#readCase();
    this.#dead = this.#death(status);
    if (this.#cases !== null) Deno.removeSync(this.#cases);
    this.#answer?.reject(this.#dead);
  }

  async #listen(): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) {
      const message = decode(this.#nonce, line);
      if (message === null) {
        if (line !== "") console.error(line);
        continue;
      }
      this.#quiet = 0;
      if (message.kind === "case") {
        const { cases, partner } = this.#last;
        this.#last = { cases: cases + 1, drawn: `[${message.json}]`, begun: 1, partner };
        continue;
      }
      if (message.kind === "partner") {
        this.#last = { ...this.#last, partner: message.device };
        continue;
      }
      this.#answer ??= Promise.withResolvers();
      this.#answer.resolve(message);
    }
  }

  async #overhear(): Promise<void> {
    for await (const line of linesOf(this.#child.stderr)) {
      console.error(line);
      if (line.trim() !== "") this.#lastWords.push(line.trim());
      if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
    }
  }

  /** Looks after the process. Time is counted in looks, so that a computer that slept kills nothing. */
  #look(): void {
    if (this.#answer === null || this.#killed !== null) return;
    const { milliseconds, memory } = this.#limits;
    this.#quiet += INTERVAL;
    this.#readCase();
    if (this.#quiet > milliseconds) {
      const message = `no case ended within ${milliseconds / 1000} s`;
      this.#killed = { cause: "hang", message };
    } else if ((this.#memory() ?? 0) > memory) {
      const message = `the process took more than ${Math.round(memory / 2 ** 20)} MB`;
      this.#killed = { cause: "memory", message };
    }
    if (this.#killed !== null) this.kill();
  }

  /** Reads the case that the process has begun: a new one means that it is alive. */
  #readCase(): void {
    if (this.#cases === null) return;
    const last = readLastCase(this.#cases);
    if (last.cases !== this.#last.cases) this.#quiet = 0;
    this.#last = last;
  }

  /** The bytes in memory; null where the system does not tell, or the gate may not ask. */
  #memory(): number | null {
    if (Deno.build.os !== "linux") return null;
    try {
      return Number(Deno.readTextFileSync(`/proc/${this.#child.pid}/statm`).split(" ")[1]) * 4096;
    } catch {
      return null;
    }
  }

  #death({ code, signal }: Deno.CommandStatus): Death {
    const said = this.#lastWords.join("\n");
    let { cause, message } = this.#killed ?? { cause: "crash" as const, message: "" };
    if (
      this.#killed === null &&
      /JavaScript heap out of memory|Fatal JavaScript out of memory/.test(said)
    ) {
      cause = "memory";
      message = `the heap grew over ${Math.round(this.#limits.memory / 2 ** 20)} MB`;
    } else if (this.#killed === null) {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      message = `the process ended ${how}${said === "" ? "" : `, after: ${said.slice(-600)}`}`;
    }
    return new Death(cause, `${cause}: ${message}`, this.#last);
  }
}
