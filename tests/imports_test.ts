import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, ROOT, runDeno } from "./_support.ts";
import { type ImportGraph, importProblems, LAYERS } from "../tools/import_rules.ts";
import config from "../deno.json" with { type: "json" };

/** The part of `deno info --json` that is read here. */
interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
      isDynamic?: boolean;
    }[];
  }[];
}

async function publishedFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory && !["testdata", "fixtures"].includes(entry.name)) {
        files.push(...await publishedFiles(path));
      } else if (path.endsWith(".ts") && !path.endsWith("_test.ts")) files.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

function pathInProject(url: string | undefined): string | null {
  return url?.startsWith(ROOT.href) ? decodeURI(url.slice(ROOT.href.length)) : null;
}

async function readGraph(files: string[]): Promise<ImportGraph> {
  const everything = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    everything,
    files.map((file) => `import ${JSON.stringify(new URL(file, ROOT))};\n`).join(""),
  );
  const { code, stdout, stderr } = await runDeno([
    "info",
    "--json",
    "--no-lock",
    `--config=${fromFileUrl(new URL("deno.json", ROOT))}`,
    everything,
  ]);
  await Deno.remove(everything);
  assertEquals(code, 0, stderr);
  const graph: ImportGraph = new Map();
  for (const { specifier, error, dependencies } of (JSON.parse(stdout) as Info).modules) {
    const file = pathInProject(specifier);
    if (file === null) continue;
    assert(!error, `${file}: ${error}`);
    graph.set(
      file,
      (dependencies ?? []).map(({ specifier, code, type, isDynamic }) => ({
        specifier,
        target: pathInProject(code?.specifier ?? type?.specifier),
        typeOnly: code === undefined,
        dynamic: isDynamic ?? false,
      })),
    );
  }
  return graph;
}

Deno.test("the project's imports point one way, through mod.ts, without circles or bare names", async () => {
  const files = ["mod.ts", ...(await Promise.all(LAYERS.map(publishedFiles))).flat()];
  const graph = await readGraph(files);
  const imported = graph.get("mod.ts")!.map(({ target }) => target!);
  const doors = new Set([
    ...Object.values(config.exports).map((path) => path.slice(2)),
    ...imported,
  ]);
  assert(files.every((file) => graph.has(file)), "a published file is missing from the graph");
  assertEquals(importProblems(graph, doors), []);
});
