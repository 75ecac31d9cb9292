/**
 * Says which adapter this process gets, and fails where there is none or, unless told `any`, where it
 * is software: how `run.sh` chooses among drivers.
 */
import { openDevice } from "../../core/mod.ts";

try {
  const { description, software } = await openDevice("webgpu");
  console.log(description + (software ? " (software)" : ""));
  Deno.exit(software && Deno.args[0] !== "any" ? 1 : 0);
} catch (error) {
  console.log((error as Error).message);
  Deno.exit(1);
}
