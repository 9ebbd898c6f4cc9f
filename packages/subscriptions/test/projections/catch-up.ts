import type { EventStore, RecordedEvent } from "@annals/core"
import type { SubscriptionDefinition } from "../../src/index.ts"

/** How events are handed to a definition's handler. */
export interface CatchUpOptions {
  /** Events in a transaction, in turn. Default: all in one. */
  readonly batches?: readonly number[]
  /** Which attempts (counted from 0) fail after the handler and before the commit. */
  readonly crashes?: (attempt: number) => boolean
}

const crash = new Error("crashed before the commit")

/** Does what a subscription does: handles what is after its checkpoint, batch by batch, and commits the checkpoint along with it. */
export async function catchUp<Tx>(
  store: EventStore<Tx>,
  { name, filter, events, handling }: SubscriptionDefinition<Tx>,
  { batches = [Number.MAX_SAFE_INTEGER], crashes = () => false }: CatchUpOptions = {},
): Promise<void> {
  const run = handling.run as (events: readonly RecordedEvent[], context: object) => unknown
  let position = await positionOf(store, name)
  for (let attempt = 0; ; attempt++) {
    const limit = Math.min(batches[attempt % batches.length] as number, 1000)
    const batch = await store
      .readAll({ ...filter, ...(events && { events }), after: position, limit })
      .toArray()
    const last = batch.at(-1)
    if (last === undefined) return
    const handled = store.transaction(async (unitOfWork) => {
      await run(batch, {
        subscription: name,
        attempt: 1,
        signal: new AbortController().signal,
        replayed: false,
        unitOfWork,
      })
      await unitOfWork.checkpoints.advance(name, { from: position, to: last.position })
      if (crashes(attempt)) throw crash
    })
    await handled.catch((error) => {
      if (error !== crash) throw error
    })
    position = await positionOf(store, name)
  }
}

async function positionOf(store: Pick<EventStore, "checkpoints">, name: string): Promise<number> {
  const [checkpoint] = await store.checkpoints.load(name)
  return checkpoint?.position ?? 0
}
