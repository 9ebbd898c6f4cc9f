import type { AppendRecord, StoredFact } from "./run-record.ts"

/** Everything stored for a fact, by whatever id. */
export function byFact(stored: readonly StoredFact[]): ReadonlyMap<string, readonly StoredFact[]> {
  return Map.groupBy(stored, ({ fact }) => fact)
}

/** Whether an append happened, be it in part. */
export function isStored(
  { facts }: AppendRecord,
  stored: ReadonlyMap<string, readonly StoredFact[]>,
): boolean {
  return facts.some(({ fact }) => stored.has(fact))
}
