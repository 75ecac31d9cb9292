/**
 * A program that makes and calls modules of another library, as this process sees it.
 *
 * @module
 */
import { Refutation } from "../law.ts";
import { encodeFrame, type Frame, FrameReader } from "./frames.ts";
import { pack } from "./values.ts";

/** A server that can't be started, has ended, does not answer, or answers what it must not. */
export class ServerError extends Error {
  /** The class's name, as printed before the message. */
  override name = "ServerError";
}

/** What a server was asked and could not do. */
export interface Fault {
  /** The class of what was thrown; `unsupported` and `protocol` are the server's own. */
  readonly type: string;
  /** What it says. */
  readonly message: string;
  /** Where it was thrown. */
  readonly at?: string;
}

/** What a server says to a request. */
export interface Answer {
  /** What it answers, or null. */
  readonly ok: Readonly<Record<string, unknown>> | null;
  /** Why it has nothing to answer, or null. */
  readonly err: Fault | null;
  /** The byte strings that the answer speaks of. */
  readonly bin: readonly Uint8Array[];
}

/** How to run a server. */
export interface ServerOptions {
  /** The program and its arguments. */
  command: readonly string[];
  /** The longest time that an answer may take, in milliseconds; 60 seconds by default. */
  milliseconds?: number;
}

interface Pending {
  readonly op: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A server, started when it is first needed and again after it has ended. */
export class Server {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly #milliseconds: number;
  #process: ServerProcess | null = null;

  /**
   * Says how to start a server; it is started by the first {@linkcode ready}.
   *
   * @param options What to run.
   */
  constructor({ command, milliseconds = 60_000 }: ServerOptions) {
    this.command = command;
    this.#milliseconds = milliseconds;
  }

  /**
   * Starts the program, unless it runs.
   *
   * @throws {ServerError} If it can't be started.
   */
  ready(): void {
    if (this.#process?.dead === null) return;
    this.#process = new ServerProcess(this.command, this.#milliseconds);
  }

  /**
   * Asks for something, and gives the answer whatever it is.
   *
   * @param op The operation.
   * @param fields What it takes; tensors and bytes travel beside the line.
   * @returns The answer.
   * @throws {ServerError} If there is none.
   */
  async ask(op: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    if (this.#process === null) throw new ServerError(`${this.command[0]} was not started`);
    return await this.#process.ask(op, fields);
  }

  /**
   * Asks for something that has to work.
   *
   * @param op The operation.
   * @param fields What it takes.
   * @param name What is called, for the message; the operation by default.
   * @returns What the server answers, and its byte strings.
   * @throws {Refutation} Of totality, if what is judged threw.
   * @throws {ServerError} If there is no answer, or the server's own fault is in it.
   */
  async call(
    op: string,
    fields: Readonly<Record<string, unknown>> = {},
    name: string = op,
  ): Promise<Called> {
    const { ok, err, bin } = await this.ask(op, fields);
    if (ok !== null) return { ok, bin };
    const { type, message, at = "an unknown place" } = err!;
    if (type === "unsupported" || type === "protocol") {
      throw new ServerError(`${this.command[0]} answered "${op}" with ${type}: ${message}`);
    }
    throw new Refutation({
      what: `${name} threw`,
      expected: "no error",
      actual: `${type}: ${message.split("\n")[0]}`,
      where: at,
    }, "totality");
  }

  /** Ends the program, and waits until it has ended. */
  async close(): Promise<void> {
    await this.#process?.close();
    this.#process = null;
  }
}

/** What came of an operation that worked. */
export interface Called {
  /** What the server answered. */
  readonly ok: Readonly<Record<string, unknown>>;
  /** The byte strings that the answer speaks of. */
  readonly bin: readonly Uint8Array[];
}

/** One run of the program. It keeps this process alive only while an answer is awaited. */
class ServerProcess {
  readonly #program: string;
  readonly #milliseconds: number;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  readonly #kill = () => this.#killed();
  #last = 0;
  dead: ServerError | null = null;

  constructor([program, ...args]: readonly string[], milliseconds: number) {
    this.#program = program;
    this.#milliseconds = milliseconds;
    try {
      this.#child = new Deno.Command(program, {
        args,
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    } catch (error) {
      throw new ServerError(`${program} can't be started: ${(error as Error).message}`);
    }
    this.#child.unref();
    this.#input = this.#child.stdin.getWriter();
    globalThis.addEventListener("unload", this.#kill);
    this.#ended = this.#follow();
  }

  async ask(op: string, fields: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (this.dead !== null) throw this.dead;
    const id = ++this.#last;
    const bin: Uint8Array[] = [];
    const head = { id, op, ...pack(fields, bin) as Record<string, unknown> };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#pending.size === 0) this.#child.ref();
    this.#pending.set(id, { op, resolve, reject });
    const late = setTimeout(() => {
      this.#end(`did not answer "${op}" within ${this.#milliseconds / 1000} s`);
    }, this.#milliseconds);
    try {
      // A program that has ended reads nothing; that it has is told by what follows it.
      this.#input.write(encodeFrame({ head, bin })).catch(() => {});
      return await promise;
    } finally {
      clearTimeout(late);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#child.unref();
    }
  }

  async close(): Promise<void> {
    this.#end("was closed");
    this.#child.ref();
    await this.#ended;
  }

  /** Reads answers until the program ends. */
  async #follow(): Promise<void> {
    const reader = new FrameReader();
    try {
      for await (const piece of this.#child.stdout) {
        for (const frame of reader.push(piece)) this.#answer(frame);
      }
    } catch (error) {
      this.#end(`broke the protocol: ${(error as Error).message}`);
    }
    const { code, signal } = await this.#child.status;
    this.#end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    globalThis.removeEventListener("unload", this.#kill);
    await this.#input.abort().catch(() => {});
  }

  #answer({ head, bin }: Frame): void {
    const [first] = this.#pending.keys();
    const { id, ok = null, err = null } = head as { id?: unknown } & Partial<Answer>;
    if (id !== first || (ok === null) === (err === null)) {
      return this.#end(`broke the protocol: answer ${JSON.stringify(head)} to request ${first}`);
    }
    const { resolve } = this.#pending.get(first)!;
    this.#pending.delete(first);
    resolve({ ok, err, bin });
  }

  /** Kills the program and tells those who wait why. */
  #end(why: string): void {
    if (this.dead !== null) return;
    const asked = [...this.#pending.values()].map(({ op }) => `"${op}"`).join(", ");
    this.dead = new ServerError(
      `${this.#program} ${why}${asked === "" ? "" : ` while asked ${asked}`}`,
    );
    this.#killed();
    for (const { reject } of this.#pending.values()) reject(this.dead);
  }

  #killed(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
