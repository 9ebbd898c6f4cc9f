// `pnpm example orders`: a small shop over HTTP, until it is told to stop.
import { once } from "node:events"
import { createBackground } from "./create-background.ts"
import { createApp } from "./http/create-app.ts"
import { listen } from "./http/listen.ts"
import { openStore } from "./open-store.ts"
import { readSettings } from "./settings.ts"

const settings = readSettings(process.env)

// Closed in the opposite order: first no more requests, then no more work, then the store.
await using store = openStore(settings)
await using background = createBackground(store, settings.ORDERS_PAY_WITHIN_MS)
await background.start()
await using server = await listen(createApp(store, background), settings.PORT)

console.log(`orders on ${store.name}: ${server.url}`)
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
console.log("stopping")
