import { formatUuid } from "./hex.ts"
import { nodeCrypto } from "./node-crypto.ts"

/**
 * A UUID of version 8 that depends on nothing but its parts: the first 122 bits of their SHA-256. The same parts give the same id on
 * every machine, so that what is derived from a command or a foreign record is appended once.
 *
 * @example
 * deriveId("commit", commit.hash, path)
 */
export function deriveId(...parts: readonly (string | number)[]): string {
  // JSON keeps ["a","b"] and ["ab"] apart.
  const bytes = nodeCrypto().createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return formatUuid(bytes)
}
