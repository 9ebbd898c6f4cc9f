// Shipping with the SDK, until it is told to stop.
import { once } from "node:events"
import { readShippingSettings } from "@annals/example-shop-and-shipping/settings"
import { startShipping } from "@annals/example-shop-and-shipping/shipping"
import { createTelemetry } from "../../../src/index.ts"
import { countEmptyPages } from "./count-empty-pages.ts"
import { startSdk } from "./start-sdk.ts"

await using _sdk = startSdk("shipping", String(process.env.OTLP_URL))
const observer = countEmptyPages(createTelemetry())
await using shipping = await startShipping(readShippingSettings(process.env), observer)
process.send?.({ url: "" })
await Promise.race([once(process, "SIGTERM"), shipping.done])
process.send?.({ emptyPages: observer.emptyPages })
