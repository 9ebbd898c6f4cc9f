import type { StreamKey } from "./stream.ts"

/** Into how many parts the work on streams can be divided. The same in every store, for ever. */
export const slotCount = 1024

const encoder = new TextEncoder()

/**
 * The slot of a stream, 0 to 1,023: FNV-1a (32 bits) over the UTF-8 of tenant, category and id, each followed by a zero byte (which
 * no name contains), then MurmurHash3's finaliser, because FNV's low bits alone spread poorly, modulo 1,024.
 */
export function slotOf({ tenant, category, id }: StreamKey): number {
  let hash = addName(addName(addName(0x811c9dc5, tenant), category), id)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0) % slotCount
}

function addName(before: number, name: string): number {
  let hash = before
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code > 0x7f) return addByte(addBytes(before, encoder.encode(name)), 0)
    hash = addByte(hash, code)
  }
  return addByte(hash, 0)
}

function addBytes(before: number, bytes: Uint8Array): number {
  return bytes.reduce(addByte, before)
}

function addByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}
