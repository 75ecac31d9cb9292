/**
 * `conform server`: checks a server that someone writes for another library.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "../cli_options.ts";
import type { Json } from "../law.ts";
import { painter } from "../paint.ts";
import { type Checked, CHECKS, checkServer, type Samples } from "./checks.ts";
import { hello } from "./library.ts";
import { Server, ServerError } from "./server.ts";

const HELP = `Checks a server of another library's modules: docs/protocol.md says what it has to do.

  deno task conform server [options] -- COMMAND...

  --spec JSON     what the server makes an instance by
  --args JSON     forward arguments of that instance, as cases hold them:
                  [{"tensor":[3,4],"dtype":"float32","fill":"normal","seed":1}]
  --prints JSON   a spec of a module that prints when it is called with the same arguments
  --seconds N     the longest time that an answer may take; default: 60
  --help          print this

Checks that lack what they need are skipped. Exit code: 0 none failed; 1 one failed; 2 the command
line is wrong, or the server can't be started.

${CHECKS.map(({ id, claim }) => `  ${id.padEnd(10)} ${claim}`).join("\n")}
`;

const MARKS: Readonly<Record<Checked["verdict"], string>> = {
  passed: "✓",
  failed: "✗",
  skipped: "·",
};

/**
 * Runs the command.
 *
 * @param args The words after `server`.
 * @returns The exit code.
 * @throws {UsageError} If the words make no sense, or the server can't be started.
 */
export async function serverCommand(args: readonly string[]): Promise<number> {
  const { values, positionals: command } = parse(args);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (command.length === 0) throw new UsageError("server needs a command after --");
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new UsageError(`--seconds needs a number, got "${values.seconds}"`);
  const server = new Server({ command, milliseconds: 1000 * seconds });
  const samples: Samples = {
    spec: json("spec", values.spec),
    args: json("args", values.args) as Samples["args"],
    prints: json("prints", values.prints),
  };
  try {
    console.log(`${await title(server)}${command.join(" ")}\n`);
    return await report(checkServer(server, samples));
  } finally {
    await server.close();
  }
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    spec: text,
    args: text,
    prints: text,
    seconds: { ...text, default: "60" },
    help: { type: "boolean", default: false, short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; server --help lists the options`);
  }
}

function json(name: string, text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--${name} needs JSON: ${(error as Error).message}`);
  }
}

/** The library's name; a server that does not tell it may still be checked. */
async function title(server: Server): Promise<string> {
  try {
    server.ready();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  try {
    const { library, version } = await hello(server);
    return `${library} ${version}: `;
  } catch (error) {
    if (error instanceof ServerError) return "";
    throw error;
  }
}

async function report(checked: AsyncIterable<Checked>): Promise<number> {
  const paint = painter(!Deno.noColor && Deno.stdout.isTerminal());
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { check: { id, claim }, verdict, why } of checked) {
    counts[verdict]++;
    const line = `${MARKS[verdict]} ${id.padEnd(10)} ${claim}`;
    console.log(verdict === "failed" ? paint.red(line) : line);
    if (why !== null) console.log(`  ${why}`);
  }
  const { passed, failed, skipped } = counts;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
}
