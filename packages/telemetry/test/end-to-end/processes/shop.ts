// The shop with the SDK and a read model, until it is told to stop.
import { once } from "node:events"
import { readShopSettings } from "@annals/example-shop-and-shipping/settings"
import { startShop } from "@annals/example-shop-and-shipping/shop"
import { createSubscription, projectionSubscription } from "@annals/subscriptions"
import { createTelemetry } from "../../../src/index.ts"
import { completedOrders } from "../completed-orders.ts"
import { countEmptyPages } from "./count-empty-pages.ts"
import { instrumentHttp } from "./instrument-http.ts"
import { startSdk } from "./start-sdk.ts"

await using _sdk = startSdk("shop", String(process.env.OTLP_URL))
instrumentHttp()
const observer = countEmptyPages(createTelemetry())
await using shop = await startShop(readShopSettings(process.env), observer)
await using readModel = createSubscription(shop.store, projectionSubscription(completedOrders))
await readModel.start()
process.send?.({ url: shop.url })
await Promise.race([once(process, "SIGTERM"), shop.done, readModel.done])
process.send?.({ emptyPages: observer.emptyPages })
