import { type CheckpointStore, slotCount } from "@annals/core"
import type { SubscriptionLag } from "../subscription.ts"
import type { Runtime } from "./runtime.ts"

/** Where the slots are that are furthest behind, as it is saved: with the slots that are there. */
export async function leastPosition({ store, definition }: Whose): Promise<number> {
  const checkpoints = await store.checkpoints.load(definition.name)
  const slots = checkpoints.reduce((count, { slots: { first, last } }) => count + last - first + 1, 0)
  return slots < slotCount ? 0 : Math.min(...checkpoints.map(({ position }) => position))
}

interface Whose {
  readonly store: { readonly checkpoints: Pick<CheckpointStore, "load"> }
  readonly definition: { readonly name: string }
}

/** How far behind a subscription is that has handled everything up to a position: from the first event that waits to the end of the log. */
export async function measureLag<Tx>(
  { store, definition: { filter } }: Runtime<Tx>,
  position: number,
): Promise<SubscriptionLag> {
  const head = await store.head()
  const waiting = store.readAll({ ...filter, after: position, until: head, limit: 1 })
  for await (const { events } of waiting.undecodedPages()) {
    const [event] = events
    if (event === undefined) continue
    return { positions: head - event.position + 1, ms: Math.max(0, store.clock.now() - event.recordedAt) }
  }
  return { positions: 0, ms: 0 }
}
