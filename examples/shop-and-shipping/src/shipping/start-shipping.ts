import type { Observer } from "@annals/core"
import { createSubscription, defineRelay } from "@annals/subscriptions"
import { openBus } from "../open-bus.ts"
import { openStore } from "../open-store.ts"
import type { ShippingSettings } from "../settings.ts"
import { takeOrders } from "./take-orders.ts"

/** Shipping: hears of orders, sends parcels, and tells others. Disposing ends it in the opposite order. */
export async function startShipping(settings: ShippingSettings, observer?: Observer) {
  await using started = new AsyncDisposableStack()
  const store = started.use(await openStore(settings.SHIPPING_DATABASE, "shipping", observer))
  const bus = started.use(await openBus(settings, observer))
  const orders = started.use(await takeOrders(bus, store))
  const relay = started.use(
    createSubscription(store, defineRelay("parcels-to-bus", { bus, categories: ["parcel"] }), {
      leaseTtlMs: settings.TAKE_OVER_AFTER_MS,
    }),
  )
  await relay.start()
  const running = started.move()
  return {
    store,
    bus,
    /** Rejects where one of its parts can't go on. */
    done: Promise.race([orders.done, relay.done]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
