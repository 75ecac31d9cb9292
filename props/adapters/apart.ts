/**
 * Instances of a file's subjects in another process, which shares nothing with this one.
 *
 * @module
 */
import type { DeviceName } from "../../core/mod.ts";
import { permissionFlags } from "../gate/permissions.ts";
import type { Instance } from "../instance.ts";
import type { Apart } from "../subject.ts";
import { RemoteInstance } from "./remote_instance.ts";
import { Server } from "./server.ts";

/**
 * The other processes for a file, one for each device, started when they are first needed.
 *
 * @param file The file's URL.
 * @returns How to make instances of the subject at a place in the file, from 0.
 */
export function processesFor(file: string): (index: number) => Apart {
  const servers = new Map<DeviceName, Server>();
  // Most cases make nothing there: nothing is asked after them.
  const used = new Set<Server>();
  const on = (device: DeviceName): Server => {
    const server = servers.get(device) ?? new Server({
      command: [
        Deno.execPath(),
        "run",
        "--quiet",
        ...permissionFlags(file),
        import.meta.resolve("./module_server.ts"),
        file,
        device,
      ],
    });
    servers.set(device, server);
    return server;
  };
  return (index) => ({
    make(seed: number, device: DeviceName): Promise<Instance> {
      used.add(on(device));
      return RemoteInstance.make(on(device), index, seed);
    },
    async release(): Promise<void> {
      // A server that has ended has forgotten everything.
      for (const server of used) await server.ask("free").catch(() => {});
      used.clear();
    },
  });
}
