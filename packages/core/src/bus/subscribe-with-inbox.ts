import { systemClock } from "../clock/system-clock.ts"
import type { NewEvent, Recorded, RecordedEvent } from "../events/event.ts"
import type { Clock } from "../ports/clock.ts"
import type { DeadLetterStore } from "../ports/dead-letter-store.ts"
import type { BusConsumer, ConsumerContext, ConsumerOptions, EventBus } from "../ports/event-bus.ts"
import { checkWhole, invalidOption } from "../ports/front/check-input.ts"
import type { TransactionalStore, UnitOfWork } from "../store/unit-of-work.ts"
import { checkName } from "../streams/validate-name.ts"

/** How a consumer keeps its inbox. */
export interface InboxConsumerOptions<Tx, Event extends NewEvent = NewEvent>
  extends Omit<ConsumerOptions<Event>, "handler"> {
  /** Holds the inbox, and what the handler writes. With `order: "stream"` also the dead letters, unless `deadLetters` says where. */
  readonly store: TransactionalStore<Tx> & { readonly deadLetters?: DeadLetterStore }
  /**
   * Names where the bus's events come from, so that streams of the same name from two buses are told apart: `"shop"`. Where several services publish on one bus, their
   * categories must differ: of two streams with one name, the inbox would take the events of one for repeats.
   */
  readonly source: string
  /** With `order: "none"`: how long the ids of handled events are remembered, in milliseconds. Default 7 days. */
  readonly retentionMs?: number
  /** By which the retention is reckoned. Default `systemClock`. */
  readonly clock?: Clock
  /** Runs in a transaction of the store. What it writes through `unitOfWork` is committed together with the inbox, once for each event. */
  readonly handler: (event: Recorded<Event>, context: InboxContext<Tx>) => void | PromiseLike<void>
}

/** What a handler with an inbox is told besides the event. */
export interface InboxContext<Tx> extends ConsumerContext {
  readonly unitOfWork: UnitOfWork<Tx>
}

const weekMs = 7 * 24 * 60 * 60 * 1000

/**
 * Starts a consumer whose effects happen exactly once, however often the bus delivers an event: what its handler writes and the note that the event was
 * taken commit in one transaction of the consumer's own store. With `order: "stream"` the inbox keeps the last version of each source stream and skips
 * what isn't newer; with `"none"` it keeps ids, for `retentionMs`, and `unitOfWork.inbox.purge` forgets those that are older.
 *
 * The inbox is the group's: consumers of another group take the event for themselves. Rejects like `subscribe`.
 *
 * @example
 * const consumer = await subscribeWithInbox(bus, {
 *   group: "shipping",
 *   source: "shop",
 *   store,
 *   events: defineEvents([orderPlaced]),
 *   handler: async ({ data }, { unitOfWork }) => {
 *     await unitOfWork.events.append(streamId("shipment", data.orderId), [prepared({ productId: data.productId })])
 *   },
 * })
 */
export function subscribeWithInbox<Tx, Event extends NewEvent = NewEvent>(
  bus: Pick<EventBus, "subscribe">,
  options: InboxConsumerOptions<Tx, Event>,
): Promise<BusConsumer> {
  const { store, source, retentionMs, clock = systemClock, handler, ...consumer } = options
  const inbox = { clock, ...checkInbox(store, source, retentionMs) }
  if (typeof handler !== "function") throw invalidOption("handler", "must be a function")
  const parksInStore = consumer.order !== "none" && store.deadLetters !== undefined
  return bus.subscribe<Event>({
    ...(parksInStore && { deadLetters: store.deadLetters }),
    ...consumer,
    handler: (event, context) =>
      store.transaction(async (unitOfWork) => {
        const recorded = event as RecordedEvent
        if (!(await take(unitOfWork, recorded, context, inbox))) return
        await handler(event, { ...context, unitOfWork })
      }, context),
  })
}

interface Inbox {
  readonly source: string
  readonly retentionMs: number
  readonly clock: Clock
}

/** Notes that the group takes the event; `false`: it has done so before. */
function take(
  { inbox }: UnitOfWork<unknown>,
  { id, tenant, stream, version }: RecordedEvent,
  { group, order }: ConsumerContext,
  { source, retentionMs, clock }: Inbox,
): Promise<boolean> {
  if (order === "stream") return inbox.takeVersion(group, source, { tenant, ...stream }, version)
  return inbox.takeEvent(group, id, clock.now() + retentionMs)
}

function checkInbox(store: unknown, source: string, retentionMs = weekMs) {
  if (typeof (store as { readonly transaction?: unknown } | null | undefined)?.transaction !== "function") {
    throw invalidOption("store", "must be a store with transactions")
  }
  return {
    source: checkName(source, "source"),
    retentionMs: checkWhole(retentionMs, "retentionMs", 1),
  }
}
