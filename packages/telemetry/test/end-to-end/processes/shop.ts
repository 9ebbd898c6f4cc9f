// The shop with the SDK and a read model of what customers owe, until it is told to stop.
import { once } from "node:events"
import { readShopSettings } from "@annals/example-shop-and-shipping/settings"
import { startShop } from "@annals/example-shop-and-shipping/shop"
import { createSubscription, projectionSubscription } from "@annals/subscriptions"
import { createTelemetry } from "../../../src/index.ts"
import { completedOrders } from "../completed-orders.ts"
import { countPages } from "./count-pages.ts"
import { instrumentHttp } from "./instrument-http.ts"
import { startSdk } from "./start-sdk.ts"

await using _sdk = startSdk("shop", String(process.env.OTLP_URL))
instrumentHttp()
const observer = countPages(createTelemetry())
await using shop = await startShop(readShopSettings(process.env), observer)
// Looks at the store again and again, for a test that wants to see nothing of it.
await using readModel = createSubscription(shop.store, projectionSubscription(completedOrders), {
  pollIntervalMs: 10,
})
await readModel.start()
console.log(JSON.stringify({ url: shop.url }))
await Promise.race([once(process, "SIGTERM"), shop.done, readModel.done])
console.log(JSON.stringify({ pages: observer.pages }))
