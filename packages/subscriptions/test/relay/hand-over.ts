import type { EventStore, RecordedEvent } from "@annals/core"
import type { HandlerContext, SubscriptionDefinition } from "../../src/index.ts"

/** Hands events to a definition's handler, as the driver does. */
export async function handOver(
  definition: SubscriptionDefinition,
  events: readonly RecordedEvent[],
  context: Partial<HandlerContext> = {},
): Promise<void> {
  const { handling, name } = definition
  if (handling.transactional) throw new Error(`${name} is transactional`)
  const { signal } = new AbortController()
  await handling.run(events, { subscription: name, attempt: 1, signal, replayed: false, ...context })
}

/** Everything that a definition reads of a store, after a position. */
export function readFor(
  store: EventStore,
  { filter, unreadable }: SubscriptionDefinition,
  after = 0,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<readonly RecordedEvent[]> {
  return store.readAll({ ...filter, unreadable, after, limit }).toArray()
}
