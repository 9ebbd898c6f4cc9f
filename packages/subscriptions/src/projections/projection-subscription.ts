import type { EventType } from "@annals/core"
import { fillCopy } from "../rebuild/fill-copy.ts"
import { subscriptionNameOf } from "../rebuild/projection-names.ts"
import { takeOver } from "../rebuild/take-over.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { SubscriptionDefinition, SubscriptionSettings } from "../subscription/subscription-definition.ts"
import type { StoredProjection } from "./stored-projection.ts"

/** How a projection runs beside the appends: as a subscription does. What it reads is said by its definition. */
export interface ProjectionSubscriptionSettings
  extends Omit<SubscriptionSettings, "types" | "categories" | "tags" | "query"> {}

/**
 * Runs a projection beside the appends: a subscription with the projection's name, which writes the rows in the transaction of its checkpoint. Each event
 * takes effect exactly once. A transaction takes up to `pageSize` events, unless `checkpointEvery` says otherwise.
 *
 * From version 2 on the subscription's name is `name@version`. While an older version is live, also in other processes, it fills rows of its own beside those
 * that are read; with the event that brings it to the end of the log they are put in place, and the subscriptions of older versions fail with
 * `PROJECTION_SUPERSEDED` at their next event.
 *
 * With `instances: "shared"`, several processes may write one document: each folds its events into what the others committed, so none gets lost, but
 * the order of events of different streams is then not that of the log.
 *
 * @example
 * const manager = createSubscriptionManager(store, { subscriptions: [projectionSubscription(balances)] })
 */
export function projectionSubscription<Tx>(
  projection: StoredProjection<Tx>,
  settings: ProjectionSubscriptionSettings = {},
): SubscriptionDefinition<Tx> {
  const { pageSize = 500, checkpointEvery } = settings
  const { events, filter } = projection
  const name = subscriptionNameOf(projection)
  const definition = createDefinition<Tx, readonly EventType<string>[]>("projection", name, {
    ...settings,
    ...filter,
    events: events.types,
    pageSize,
    checkpointEvery: { events: pageSize, ...checkpointEvery },
    transactional: true,
    handleBatch: fillCopy(projection, settings),
  })
  // The end of the log may come without an event of the projection, or for two instances at the same time.
  const { tenant } = settings
  return {
    ...definition,
    whenLive: (store) => takeOver(store, projection, tenant === undefined ? {} : { tenant }),
  }
}
