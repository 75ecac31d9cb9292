/** One import, export-from or dynamic import in a module. */
export interface Import {
  /** What the source says. */
  specifier: string;
  /** The project file meant, as a path from the root; `null` when it is not one of the project. */
  target: string | null;
  /** Whether only types cross, so that nothing is left of it at run time. */
  typeOnly: boolean;
  /** Whether it is an `import()` expression. */
  dynamic: boolean;
}

/** Project files, as paths from the root, and what each imports. */
export type ImportGraph = Map<string, Import[]>;

/** The folders, lowest first: each may import only those before it. */
export const LAYERS: readonly string[] = ["core", "nn", "serialize", "props", "bench"];

/** The folders that stand on nothing but the language and the web's own interfaces. */
const FREE_OF_DEPENDENCIES: readonly string[] = ["core", "nn", "serialize"];

const VERSIONED = /^(npm|jsr):(@[^/@]+\/)?[^/@]+@[^/]+/;

/**
 * Finds every import that breaks the project's rules.
 *
 * @param graph The published files and their imports.
 * @param doors The files that another folder may import: those named by `deno.json`'s exports, and
 * those that `mod.ts` re-exports.
 * @returns A sentence for each breach; empty when there is none.
 */
export function importProblems(graph: ImportGraph, doors: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  for (const [file, imports] of graph) {
    for (const { specifier, target, dynamic } of imports) {
      const problem = target === null
        ? outsideProblem(file, specifier, dynamic)
        : insideProblem(file, target, doors);
      if (problem) problems.push(problem);
    }
  }
  return [...problems, ...circles(graph)];
}

function outsideProblem(file: string, specifier: string, dynamic: boolean): string | null {
  const layer = layerOf(file);
  if (specifier.startsWith("node:")) {
    const free = layer === null || FREE_OF_DEPENDENCIES.includes(layer);
    return free && !dynamic
      ? `${file} imports ${specifier} when it loads: only import() may, where it is needed`
      : null;
  }
  if (layer === null || FREE_OF_DEPENDENCIES.includes(layer)) {
    return `${file} depends on ${specifier}: ${layer ?? "the root"} has no dependency`;
  }
  if (VERSIONED.test(specifier)) return null;
  return `${file} imports ${specifier}: a published file names a package in full, npm:name@version`;
}

function insideProblem(file: string, target: string, doors: ReadonlySet<string>): string | null {
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === to) return null;
  if (from === null) return to === null || doors.has(target) ? null : internals(file, target);
  if (to === null) return `${file} imports ${target}: a folder imports only the folders below it`;
  if (LAYERS.indexOf(to) > LAYERS.indexOf(from)) {
    return `${file} imports ${target}: ${from} is below ${to}`;
  }
  return doors.has(target) ? null : internals(file, target);
}

function internals(file: string, target: string): string {
  return `${file} imports ${target}: the internals of another folder, not its mod.ts`;
}

function layerOf(file: string): string | null {
  const folder = file.split("/")[0];
  return LAYERS.includes(folder) ? folder : null;
}

/** Circles among the imports that run when a module loads; types and `import()` make none. */
function circles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(`Circular import: ${[...path.slice(start), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { target, typeOnly, dynamic } of graph.get(file) ?? []) {
      if (target !== null && !typeOnly && !dynamic) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}
