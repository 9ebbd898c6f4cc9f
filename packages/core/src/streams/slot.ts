import type { StreamKey } from "./stream.ts"

/** Into how many parts the work on streams can be divided. The same in every store, for ever. */
export const slotCount = 1024

const encoder = new TextEncoder()

/**
 * The slot of a stream, 0 to 1,023: FNV-1a (32 bits) over the UTF-8 of tenant, category and id, each followed by a zero byte (which
 * no name contains), then MurmurHash3's finaliser, because FNV's low bits alone spread poorly, modulo 1,024.
 */
export function slotOf({ tenant, category, id }: StreamKey): number {
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(`${tenant}\0${category}\0${id}\0`)) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0) % slotCount
}
