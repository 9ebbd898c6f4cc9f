// `pnpm example read-model`: events go in, and a read model that follows them answers questions.
import { createSqliteStore } from "@annals/store-sqlite"
import { createSubscription, projectionSubscription } from "@annals/subscriptions"
import { acquired, books, discarded, lent, returned } from "./book-events.ts"
import { shelf, shelfProjection } from "./shelf.ts"

await using store = createSqliteStore({ file: ":memory:" })
await using keepingShelf = createSubscription(store, projectionSubscription(shelfProjection))
await keepingShelf.start()

await store.append(books.stream("emma"), [acquired({ title: "Emma" }), lent({ to: "Ada" }), returned({})])
await store.append(books.stream("ulysses"), [acquired({ title: "Ulysses" }), lent({ to: "Grace" })])
await store.append(books.stream("atlas-1952"), [acquired({ title: "Atlas, 1952" }), discarded({})])
const { position } = await store.append(books.stream("emma"), [lent({ to: "Grace" })])

// The projection runs beside the appends. Who wants to see what was just written waits for its position.
await keepingShelf.waitFor(position)

const { documents } = await shelf.in(store).find({
  where: { lentTo: "Grace" },
  orderBy: { timesLent: "descending" },
})
console.log("Grace has:")
for (const { value } of documents) console.log(`  ${value.title}, lent ${value.timesLent} times so far`)

console.log("Emma:", (await shelf.in(store).get("emma"))?.value)
console.log("The old atlas:", (await shelf.in(store).get("atlas-1952"))?.value)
