// The shop, until it is told to stop.
import { once } from "node:events"
import { readShopSettings } from "../settings.ts"
import { startShop } from "./start-shop.ts"

await using shop = await startShop(readShopSettings(process.env))
console.log(`shop on ${shop.store.name} and ${shop.bus.name}: ${shop.url}`)
// Where one of its parts can't go on, the process ends, and whoever watches over it starts it again.
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), shop.done])
