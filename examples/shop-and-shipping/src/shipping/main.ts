// Shipping, until it is told to stop.
import { once } from "node:events"
import { readShippingSettings } from "../settings.ts"
import { startShipping } from "./start-shipping.ts"

await using shipping = await startShipping(readShippingSettings(process.env))
console.log(`shipping on ${shipping.store.name} and ${shipping.bus.name}`)
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), shipping.done])
