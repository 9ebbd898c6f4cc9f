import { AnnalsError, type EventStore, type Fence, type StoredOutboxMessage } from "@annals/core"
import type { OutboxQueue } from "./outbox-queue.ts"
import type { OutboxSettings } from "./outbox-settings.ts"

/**
 * The oldest messages that may be sent, as many as a batch holds; none: all that is there waits behind parked ones.
 *
 * One read from the start every time: a transaction that commits late can put a message in front of those already seen, and between
 * two reads a message could come whose successor only the second one sees.
 */
export async function readFree(
  store: Pick<EventStore, "outbox">,
  { topic, batchSize, maxWaiting }: OutboxSettings,
  queue: OutboxQueue,
): Promise<readonly StoredOutboxMessage[]> {
  const isFree = queue.judge()
  const messages = await store.outbox.read({
    ...(topic !== undefined && { topic }),
    limit: queue.parked.length === 0 ? batchSize : batchSize + maxWaiting,
  })
  const free = messages.filter(isFree)
  if (messages.length - free.length > maxWaiting) throw tooManyWait(maxWaiting, queue)
  return free.slice(0, batchSize)
}

/** Removes messages, unless another instance was given the outbox meanwhile: then it rejects with `LEASE_LOST`. Returns how many were there. */
export function removeFenced(
  store: Pick<EventStore, "transaction">,
  ids: readonly string[],
  fence: Fence,
): Promise<number> {
  return store.transaction(async ({ leases, outbox }) => {
    if (await leases.holds([fence])) return outbox.remove(ids)
    throw new AnnalsError("LEASE_LOST", `another instance of ${fence.group} has taken over`, {
      details: { owner: fence.owner },
    })
  })
}

function tooManyWait(maxWaiting: number, queue: OutboxQueue): AnnalsError {
  return new AnnalsError(
    "SUBSCRIPTION_FAILED",
    `more than ${maxWaiting} messages are parked or wait behind parked ones`,
    { cause: queue.parked[0]?.error, details: { messageIds: queue.parked.map(({ message }) => message.id) } },
  )
}
