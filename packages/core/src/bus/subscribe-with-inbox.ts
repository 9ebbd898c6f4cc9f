import type { NewEvent, Recorded } from "../events/event.ts"
import type { BusConsumer, ConsumerContext, ConsumerOptions, EventBus } from "../ports/event-bus.ts"
import type { TransactionalStore, UnitOfWork } from "../store/unit-of-work.ts"

/** How a consumer keeps its inbox. */
export interface InboxConsumerOptions<Tx, Event extends NewEvent = NewEvent>
  extends Omit<ConsumerOptions<Event>, "handler"> {
  /** Holds the inbox, and what the handler writes. */
  readonly store: TransactionalStore<Tx>
  /** Names where the events come from, so that streams of the same name of two services are told apart: `"shop"`. */
  readonly source: string
  /** With `order: "none"`: how long the ids of handled events are remembered, in milliseconds. Default 7 days. */
  readonly retentionMs?: number
  /** Runs in a transaction of the store. What it writes through `unitOfWork` is committed together with the inbox, once for each event. */
  readonly handler: (event: Recorded<Event>, context: InboxContext<Tx>) => void | PromiseLike<void>
}

/** What a handler with an inbox is told besides the event. */
export interface InboxContext<Tx> extends ConsumerContext {
  readonly unitOfWork: UnitOfWork<Tx>
}

/**
 * Starts a consumer whose effects happen exactly once, however often the bus delivers an event: what its handler writes and the note that the event was
 * taken commit in one transaction of the consumer's own store. With `order: "stream"` the inbox keeps the last version of each source stream and skips
 * what isn't newer; with `"none"` it keeps ids, for `retentionMs`.
 */
export function subscribeWithInbox<Tx, Event extends NewEvent = NewEvent>(
  _bus: Pick<EventBus, "subscribe">,
  _options: InboxConsumerOptions<Tx, Event>,
): Promise<BusConsumer> {
  throw new Error("being built")
}
