import type { PlainEvent } from "../../bare/plain-event.ts"
import { type Deposit, metadataOf, tagsOf } from "./deposit.ts"

/** A deposit as the hand-written code takes it. */
export function plainEventOf(deposit: Deposit): PlainEvent {
  return { type: "deposited", data: deposit, metadata: metadataOf(deposit), tags: tagsOf(deposit) }
}
