// `pnpm example plain-domain`: a copy of a book goes through some hands.
import { createMemoryStore, createRepository, isRefused } from "@annals/core"
import { copies } from "./application/copies.ts"

await using store = createMemoryStore()
const library = createRepository(store, copies)
const copy = "inventory-4711"

await library.execute(copy, "acquire", { title: "The Name of the Rose" })
await library.execute(copy, "lend", { reader: "Ada", today: "2026-03-01" })
await library.execute(copy, "reserve", { reader: "Grace" })

try {
  await library.execute(copy, "renew", { today: "2026-03-20" })
} catch (error) {
  if (!isRefused(error)) throw error
  console.log(`Ada can't renew: ${error.reason}\n`)
}

await library.execute(copy, "takeBack", { today: "2026-03-31" })
await library.execute(copy, "lend", { reader: "Grace", today: "2026-04-01" })

for await (const event of store.readStream(copies.category.stream(copy))) {
  console.log(event.version, event.type, event.data)
}
console.log("\nnow", (await library.load(copy)).state)
