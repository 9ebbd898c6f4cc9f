import { AnnalsError, causedByNothing, type EventStore } from "@annals/core"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { SubscriptionDefinition, SubscriptionSettings } from "../subscription/subscription-definition.ts"
import { checkReadable } from "./check-readable.ts"
import { forwardEvents } from "./forward-events.ts"
import { checkOtherStore, type ForwardTarget, handleFor } from "./forward-target.ts"
import { relaySettings } from "./relay-settings.ts"
import { StoredTypes } from "./stored-types.ts"

/** Where a forwarder appends, and what; see {@link SubscriptionSettings} for the rest. */
export interface ForwarderOptions extends Omit<SubscriptionSettings, "unreadable"> {
  /** Gets the events. If it was given `events`, they must have all types that are forwarded. It is not closed with the subscription. */
  readonly to: ForwardTarget
}

/**
 * Defines a subscription that appends the events of the store it reads to another one: with the same ids, types, schema versions, data,
 * metadata, tags and `occurredAt`, in the same streams of the same tenants. Position and `recordedAt` are the target's own.
 *
 * An event is in the target once, however often a crash has it forwarded again. Within a stream the order is kept, across the streams of a page it
 * isn't. Read from the beginning and filtered by nothing but categories and tenant, whole streams are forwarded and events keep their versions: if
 * the target has other events in such a stream it fails with `VERSION_CONFLICT`. Otherwise (types, tags, a query, another `from`) events
 * are put behind what the stream has.
 *
 * Events go on as the store that is read reads them, and those of a type that it doesn't know as they are stored. Those whose data can't be decoded
 * fail with `UNREADABLE_EVENT`, those that the target refuses with its error, such as `UNKNOWN_EVENT_TYPE`. Forwarding a store into itself is
 * refused with `INVALID_OPTION`.
 *
 * @example
 * const archive = defineForwarder("archive", { to: archiveStore, categories: ["invoice"] })
 */
export function defineForwarder(name: string, { to, ...settings }: ForwarderOptions): SubscriptionDefinition {
  if (typeof to?.appendToStreams !== "function") {
    throw new AnnalsError("INVALID_OPTION", "to must be an event store", { path: "to" })
  }
  const types = new StoredTypes()
  const wholeStreams = forwardsWholeStreams(settings)
  const definition = createDefinition("forwarder", name, {
    ...relaySettings(settings),
    handleBatch: async (events, { signal }) => {
      checkReadable(events)
      for (const [tenant, own] of Map.groupBy(events, (event) => event.tenant)) {
        // What is forwarded isn't caused by whatever runs the forwarder: it must not inherit its correlation.
        await causedByNothing(() =>
          forwardEvents(handleFor(to, tenant), own, { types, wholeStreams, signal }),
        )
      }
    },
  })
  return Object.freeze({
    ...definition,
    checkStore: (store: Pick<EventStore, "wakeUps">) => checkOtherStore(store, to),
  })
}

function forwardsWholeStreams({ from = "beginning", types, tags, query }: SubscriptionSettings): boolean {
  const fromTheStart = from === "beginning" || from === 0
  return fromTheStart && types === undefined && tags === undefined && query === undefined
}
