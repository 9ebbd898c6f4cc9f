import type { EventStore } from "@annals/core"
import {
  createSubscriptionManager,
  projectionSubscription,
  type SubscriptionManager,
} from "@annals/subscriptions"
import { defineFulfilment } from "./fulfilment/fulfilment.ts"
import { orderOverviewProjection } from "./overview/order-overview.ts"

/**
 * What runs beside HTTP. A process that is killed can't say goodbye: the one that is started in its place stands by until `leaseTtlMs` after the last
 * sign of life. HTTP goes on meanwhile, but orders stand still, so it shouldn't be long. Nor should it be so short that a process which is merely slow for a
 * moment loses its place: nothing happens twice then, but work is begun twice.
 */
export function createBackground(store: EventStore, payWithinMs: number): SubscriptionManager {
  return createSubscriptionManager(store, {
    subscriptions: [defineFulfilment({ payWithinMs }), projectionSubscription(orderOverviewProjection)],
    leaseTtlMs: 2_000,
  })
}
