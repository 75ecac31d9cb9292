/**
 * Serves the modules of this package: `deno run server.ts [FAULT]`. With the id of a check as its fault it
 * does wrong what that check looks for. The spec is the name of a subject, or `"Prints"`.
 *
 * @module
 */
import { openDevice, type Tensor } from "../../../core/mod.ts";
import { Module } from "../../../nn/mod.ts";
import type { Contents, Lead, Listing } from "../../instance.ts";
import { subject } from "../../subject.ts";
import { builtinSubjects } from "../../subjects/builtin.ts";
import type { Frame } from "../frames.ts";
import { answer, type Fields, type Operations, operations, serve } from "../module_server.ts";

/** A module that prints whenever it is called. */
class Prints extends Module {
  override forward(x: Tensor): Tensor {
    console.log("{}");
    return x;
  }
}

const [fault] = Deno.args;
const subjects = [...builtinSubjects, subject("Prints", () => new Prints())];
const right = operations(subjects, await openDevice("cpu"));
let generation = 0;

type Values = Map<string, Contents>;

const named: Operations = {
  ...right,
  new: (fields) =>
    right.new({ ...fields, spec: subjects.findIndex(({ name }) => name === fields.spec) }, []),
};

const values = async (op: "read" | "values", fields: Fields): Promise<[string, Contents][]> =>
  [...(await right[op](fields, []) as { values: Values }).values];

/** What each fault does otherwise. */
const FAULTS: Readonly<Record<string, Operations>> = {
  hello: { hello: () => ({ ...right.hello({}, []) as object, protocol: 3 }) },
  numbers: {
    async list(fields) {
      const listing = await right.list(fields, []) as Listing;
      const entries = listing.entries.map((each) => ({ ...each, object: ++generation }));
      return { ...listing, entries };
    },
  },
  names: { read: async (fields) => ({ values: (await values("read", fields)).slice(1) }) },
  leads: {
    leads: async (fields) => ({
      leads: (await right.leads(fields, []) as { leads: Lead[] }).leads
        .map((each) => ({ ...each, listed: ++generation })),
    }),
  },
  gradients: {
    async list(fields) {
      const listing = await right.list(fields, []) as Listing;
      return { ...listing, entries: listing.entries.map((each) => ({ ...each, gradient: null })) };
    },
  },
  write: { write: () => ({}) },
  forward: { values: () => ({ values: [] }) },
  seed: { new: (fields) => named.new({ ...fields, seed: ++generation }, []) },
  free: { free: () => ({}) },
};

/** What an echo makes of a tensor: itself, unless it is asked to fail. */
function damaged(value: Contents): Contents {
  const { shape, dtype, bytes } = value;
  if (fault === "bits" && dtype === "float32") {
    const elements = new Float32Array(bytes.slice().buffer).map((each) => each + 0);
    return { shape, dtype, bytes: new Uint8Array(elements.buffer) };
  }
  if (fault === "shapes" && shape.length === 0) return { shape: [1], dtype, bytes };
  if (fault === "integers" && dtype === "int64") {
    const elements = [...new BigInt64Array(bytes.slice().buffer)].map((each) => BigInt(Number(each)));
    return { shape, dtype, bytes: new Uint8Array(BigInt64Array.from(elements).buffer) };
  }
  if (fault === "large" && bytes.length > 2 ** 20) return { shape, dtype, bytes: bytes.fill(1, 9, 10) };
  if (fault === "newlines" && dtype === "uint8") {
    return { shape, dtype, bytes: bytes.map((byte) => byte === 10 ? 32 : byte) };
  }
  return value;
}

const all: Operations = {
  ...named,
  echo: ({ values }) => ({ values: (values as Contents[]).map(damaged) }),
  ...FAULTS[fault],
};

// What modules print is no answer.
if (fault !== "prints") console.log = console.error;

await serve(async (requests) => {
  const answers: Frame[] = [];
  for (const request of requests) {
    const given = await answer(all, request);
    const err = given.head.err as { type: string } | undefined;
    if (fault === "unknown" && err?.type === "unsupported") Deno.exit(1);
    if (fault === "refused" && err !== undefined) Deno.exit(1);
    answers.push(given);
  }
  return fault === "order" ? answers.reverse() : answers;
});
