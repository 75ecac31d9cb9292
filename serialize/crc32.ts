/**
 * CRC-32 as zip uses it (ISO-HDLC: reflected, polynomial 0xEDB88320).
 *
 * @module
 */

/** Continues a CRC-32 over more bytes; start from 0. */
export type Crc32 = (bytes: Uint8Array, crc?: number) => number;

let tables: Uint32Array[] | undefined;

/** Eight tables: `tables[k][b]` is the checksum of byte `b` followed by `k` zero bytes. */
function makeTables(): Uint32Array[] {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    made[0][byte] = crc;
  }
  for (let k = 1; k < 8; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = made[k - 1][byte];
      made[k][byte] = (before >>> 8) ^ made[0][before & 0xff];
    }
  }
  return made;
}

/**
 * The checksum in plain TypeScript, eight bytes a step ("slicing by 8").
 *
 * @param bytes What to add to the checksum.
 * @param crc The checksum of what came before.
 * @returns An unsigned 32-bit number.
 */
export function portableCrc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables ??= makeTables();
  let c = ~crc;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c = t7[c & 0xff] ^ t6[(c >>> 8) & 0xff] ^ t5[(c >>> 16) & 0xff] ^ t4[c >>> 24] ^
      t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = t0[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

/**
 * The fastest checksum of this host: `node:zlib` has one that is some thirty times faster than
 * what JavaScript reaches, but a browser has no `node:zlib`.
 *
 * @returns The function to call with bytes and the checksum so far.
 */
export async function hostCrc32(): Promise<Crc32> {
  try {
    const { crc32 } = await import("node:zlib");
    return typeof crc32 === "function" ? crc32 : portableCrc32;
  } catch {
    return portableCrc32;
  }
}
