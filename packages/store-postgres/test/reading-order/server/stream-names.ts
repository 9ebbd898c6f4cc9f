import { randomUUID } from "node:crypto"
import { slotOf } from "@annals/core"

/**
 * Names of new streams that don't keep each other waiting. Until a stream exists, an append to it locks its slot: of two new streams in
 * one slot the second would wait for the transaction of the first, and so would a schedule in which that comes later.
 */
export function streamNames(count: number): string[] {
  const names = new Map<number, string>()
  while (names.size < count) {
    const id = randomUUID()
    names.set(slotOf({ tenant: "", category: "account", id }), id)
  }
  return [...names.values()]
}
