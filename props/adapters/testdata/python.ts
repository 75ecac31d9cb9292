/** The first Python of these that has PyTorch, or null, which is said once. */
export function pythonWithTorch(file: string): string | null {
  const candidates = ["python3", "/usr/bin/python3"];
  const found = candidates.find(hasTorch) ?? null;
  if (found === null) console.log(`${file}: no ${candidates.join(", ")} has torch: not tested`);
  return found;
}

function hasTorch(python: string): boolean {
  try {
    return new Deno.Command(python, { args: ["-c", "import torch"], stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
