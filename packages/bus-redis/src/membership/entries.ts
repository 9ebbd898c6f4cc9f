import type { Reply } from "../connection/redis-link.ts"
import type { RedisDelivery, Source } from "./partition-tenure.ts"

/** How many replies of a script make one entry. */
const width = 5

/** Makes deliveries of a flat list of entries, but for those that the member has already. */
export function readEntries(source: Source, flat: readonly Reply[]): RedisDelivery[] {
  const deliveries: RedisDelivery[] = []
  const { tenure, handed } = source
  for (let at = 0; at + width <= flat.length; at += width) {
    const id = textOf(flat[at])
    if (handed.has(id)) continue
    handed.set(id, true)
    const head = flat[at + 2] as Buffer | null
    deliveries.push({
      tenure,
      source,
      id,
      eventId: textOf(flat[at + 1]),
      head: head === null ? undefined : head.toString(),
      ...(head === null && { place: `${source.key} ${id}` }),
      body: flat[at + 3] as Buffer,
      attempts: flat[at + 4] as number,
    })
  }
  return deliveries
}

export function textOf(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString() : ""
}
