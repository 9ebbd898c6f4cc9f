// The shop, until it is told to stop: takes orders over HTTP, tells others, and hears from shipping.
import { once } from "node:events"
import { createSubscription, defineRelay } from "@annals/subscriptions"
import { openBus } from "../open-bus.ts"
import { openStore } from "../open-store.ts"
import { orderPlaced } from "../published/order-placed.ts"
import { readShopSettings } from "../settings.ts"
import { createApp } from "./create-app.ts"
import { listen } from "./listen.ts"
import { takeParcels } from "./take-parcels.ts"

const settings = readShopSettings(process.env)
await using store = await openStore(settings.SHOP_DATABASE, "shop")
await using bus = await openBus(settings)
await using parcels = await takeParcels(bus, store)
await using relay = createSubscription(
  store,
  defineRelay("orders-to-bus", { bus, categories: ["order"], types: [orderPlaced.type] }),
  { leaseTtlMs: settings.TAKE_OVER_AFTER_MS },
)
await relay.start()
await using server = await listen(createApp(store), settings.PORT)

console.log(`shop on ${store.name} and ${bus.name}: ${server.url}`)
// Where one of them can't go on, the process ends, and whoever watches over it starts it again.
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), parcels.done, relay.done])
