import { AnnalsError, type EventBus } from "@annals/core"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { SubscriptionDefinition, SubscriptionSettings } from "../subscription/subscription-definition.ts"
import { checkReadable } from "./check-readable.ts"
import { relaySettings } from "./relay-settings.ts"

/** Where a relay publishes, and what; see {@link SubscriptionSettings} for the rest. */
export interface RelayOptions extends Omit<SubscriptionSettings, "unreadable"> {
  /** Gets the events, in order. It is not closed with the subscription. */
  readonly bus: Pick<EventBus, "publish">
}

/**
 * Defines a subscription that publishes the store's events on a bus, so that an event is never stored but not sent.
 *
 * Events are published a page at a time (`pageSize`), in order, and the checkpoint is saved as soon as the bus has confirmed a page
 * (`checkpointEvery: { events: 1 }`), so that what was published is published again only after a crash or a failed publish. A bus that is away
 * (`retryable` errors) is tried again without an end; after any other error the last attempt stops the relay, or parks the stream, with nothing
 * of that stream sent behind it. With `instances: "shared"` streams are shared out; each is published in order.
 *
 * Events go out as this store reads them. Those of a type that it doesn't know go out as they are stored; those whose data can't be decoded
 * fail with `UNREADABLE_EVENT`. Metadata, and the trace context in them, travel along.
 *
 * @example
 * const relay = defineRelay("to-shipping", { bus, categories: ["order"] })
 */
export function defineRelay(name: string, { bus, ...settings }: RelayOptions): SubscriptionDefinition {
  if (typeof bus?.publish !== "function") {
    throw new AnnalsError("INVALID_OPTION", "bus must be an event bus", { path: "bus" })
  }
  return createDefinition("relay", name, {
    ...relaySettings(settings),
    handleBatch: async (events, { signal }) => {
      checkReadable(events)
      await bus.publish(events, { signal })
    },
  })
}
