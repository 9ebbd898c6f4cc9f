import type { Reply } from "../connection/redis-link.ts"
import { splitMessage } from "../entry-message.ts"
import { RedisDelivery, type Source } from "./partition-tenure.ts"

/** How many replies of a script make one entry. */
const width = 4

/** Makes deliveries of a script's flat list of entries, but for those that the member has already. Returns how many. */
export function readFlat(source: Source, flat: readonly Reply[], deliveries: RedisDelivery[]): number {
  const before = deliveries.length
  for (let at = 0; at + width <= flat.length; at += width) {
    const [id, eventId, message] = [flat[at], flat[at + 1], flat[at + 2]] as Buffer[]
    hand(source, id as Buffer, eventId as Buffer, message as Buffer, flat[at + 3] as number, deliveries)
  }
  return deliveries.length - before
}

/** An entry as Redis gives it. */
export type NativeEntry = readonly [id: Buffer, fields: readonly [eventId: Buffer, message: Buffer] | null]

/** Makes deliveries of new entries, with order "stream". */
export function readNative(
  source: Source,
  entries: readonly NativeEntry[],
  deliveries: RedisDelivery[],
): void {
  for (const [id, fields] of entries) {
    if (fields !== null) hand(source, id, undefined, fields[1], 0, deliveries)
  }
}

function hand(
  source: Source,
  idBytes: Buffer,
  eventId: Buffer | undefined,
  message: Buffer,
  attempts: number,
  deliveries: RedisDelivery[],
): void {
  const id = idBytes.toString("latin1")
  if (source.handed.has(id)) return
  source.handed.add(id)
  source.unsettled++
  const { head, body } = splitMessage(message)
  deliveries.push(new RedisDelivery(source, id, eventId, head, body, attempts))
}

export function textOf(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString() : ""
}
