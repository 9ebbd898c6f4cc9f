// Shipping, until it is told to stop: hears of orders, sends parcels, and tells others.
import { once } from "node:events"
import { createSubscription, defineRelay } from "@annals/subscriptions"
import { openBus } from "../open-bus.ts"
import { openStore } from "../open-store.ts"
import { readShippingSettings } from "../settings.ts"
import { takeOrders } from "./take-orders.ts"

const settings = readShippingSettings(process.env)
await using store = await openStore(settings.SHIPPING_DATABASE, "shipping")
await using bus = await openBus(settings)
await using orders = await takeOrders(bus, store)
await using relay = createSubscription(
  store,
  defineRelay("parcels-to-bus", { bus, categories: ["parcel"] }),
  { leaseTtlMs: settings.TAKE_OVER_AFTER_MS },
)
await relay.start()

console.log(`shipping on ${store.name} and ${bus.name}`)
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), orders.done, relay.done])
