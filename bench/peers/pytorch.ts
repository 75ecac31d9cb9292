/**
 * Real PyTorch, where it is installed, in a process of its own that holds it to one thread. It is
 * timed over there, so that no time goes into talking.
 *
 * @module
 */
import type { Contender, Inputs, Peer } from "../case.ts";

const PYTHONS = ["/usr/bin/python3", "python3"];

/** Starts PyTorch; null where there is none. */
export async function pyTorch(): Promise<Peer | null> {
  for (const python of PYTHONS) {
    const process = PyTorch.spawn(python);
    const version = await process?.version();
    if (process && version !== undefined) return peer(process, version);
    await process?.close();
  }
  return null;
}

function peer(process: PyTorch, version: string): Peer {
  return {
    name: "PyTorch",
    version,
    contender: async (name, inputs): Promise<Contender | null> => {
      if (!await process.prepare(name, inputs)) return null;
      return {
        name: "PyTorch",
        result: () => process.ask({ result: true }) as Promise<number[]>,
        sample: (budget) => process.ask({ sample: budget }) as Promise<number[]>,
        dispose: async () => void await process.ask({ dispose: true }),
      };
    },
    close: () => process.close(),
  };
}

/** A python process that answers one line of JSON with another. */
class PyTorch {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static spawn(python: string): PyTorch | null {
    try {
      const script = new URL("./pytorch.py", import.meta.url).pathname;
      return new PyTorch(
        new Deno.Command(python, {
          args: [script],
          env: { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" },
          stdin: "piped",
          stdout: "piped",
          stderr: "null",
        }).spawn(),
      );
    } catch {
      return null;
    }
  }

  async version(): Promise<string | undefined> {
    try {
      return (await this.#line() as { version: string }).version;
    } catch {
      return undefined; // no torch there
    }
  }

  async ask(request: unknown): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    return await this.#line();
  }

  async prepare(name: string, inputs: Inputs): Promise<boolean> {
    const folder = await Deno.makeTempDir();
    try {
      const described: Record<string, unknown> = {};
      for (const [key, { shape, data }] of Object.entries(inputs)) {
        const file = `${folder}/${key}`;
        await Deno.writeFile(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        const dtype = data instanceof Float32Array ? "float32" : "int32";
        described[key] = { shape, dtype, file };
      }
      return await this.ask({ prepare: name, inputs: described }) as boolean;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#reader.cancel();
    await this.#child.status;
  }

  async #line(): Promise<unknown> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return JSON.parse(line);
      }
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("PyTorch ended without an answer");
      this.#text += value;
    }
  }
}
