import { type DeadLetter, type DeadLetterStore, type EventStore, streamName } from "@annals/core"
import { deadLetterSource } from "./dead-letter-source.ts"
import type { SubscriptionDeadLetters } from "./subscription-dead-letters.ts"

/** The dead letters of a subscription; `requeued` is called when some may have been requeued. */
export function createDeadLetters(
  store: Pick<EventStore, "deadLetters" | "transaction">,
  subscription: string,
  requeued: () => void,
): SubscriptionDeadLetters {
  const source = deadLetterSource(subscription)
  return {
    list: (filter = {}) => store.deadLetters.list({ ...filter, source }),
    parkedStreams: () => store.deadLetters.parkedStreams(source),
    async requeue(stream) {
      const count = await store.deadLetters.requeue(source, stream)
      requeued()
      return count
    },
    async discard(eventIds) {
      const count = await store.transaction(({ deadLetters }) => discard(deadLetters, source, eventIds))
      requeued()
      return count
    },
  }
}

/** What waited behind a discarded event waits for nothing now. */
async function discard(
  deadLetters: DeadLetterStore,
  source: string,
  eventIds: readonly string[],
): Promise<number> {
  const ids = new Set(eventIds)
  const streams = new Map<string, DeadLetter["stream"]>()
  for await (const { eventId, stream } of entriesOf(deadLetters, source)) {
    if (ids.has(eventId)) streams.set(streamName(stream), stream)
  }
  const count = await deadLetters.remove(source, eventIds)
  for (const stream of streams.values()) {
    const [first] = await deadLetters.list({ source, stream, limit: 1 })
    if (first !== undefined && first.failure === undefined) await deadLetters.requeue(source, stream)
  }
  return count
}

async function* entriesOf(deadLetters: DeadLetterStore, source: string): AsyncGenerator<DeadLetter> {
  const limit = 1000
  for (let after = 0; ; ) {
    const entries = await deadLetters.list({ source, after, limit })
    yield* entries
    if (entries.length < limit) return
    after = entries.at(-1)?.sequence ?? after
  }
}
