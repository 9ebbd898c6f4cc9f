// Shipping with the SDK, until it is told to stop.
import { once } from "node:events"
import { readShippingSettings } from "@annals/example-shop-and-shipping/settings"
import { startShipping } from "@annals/example-shop-and-shipping/shipping"
import { createTelemetry } from "../../../src/index.ts"
import { startSdk } from "./start-sdk.ts"

await using _sdk = startSdk("shipping", String(process.env.OTLP_URL))
await using shipping = await startShipping(readShippingSettings(process.env), createTelemetry())
console.log(JSON.stringify({ url: undefined }))
await Promise.race([once(process, "SIGTERM"), shipping.done])
console.log(JSON.stringify({}))
