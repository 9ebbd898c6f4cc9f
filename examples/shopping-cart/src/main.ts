// `pnpm example shopping-cart`: two customers shop, and the shop learns something.
import { createRepository, foldProjection } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { cart, totalOf } from "./cart.ts"
import { regrets } from "./regrets.ts"

await using store = createSqliteStore({ file: ":memory:" })
const carts = createRepository(store, cart)

await carts.execute("ada", "add", { product: "tea", quantity: 2, unitPrice: 450 })
await carts.execute("ada", "add", { product: "fondue set", quantity: 1, unitPrice: 8900 })
await carts.execute("ada", "remove", { product: "fondue set", quantity: 1 })
const { events } = await carts.execute("ada", "checkOut")
console.log("Ada pays", events[0]?.data)

await carts.execute("grace", "add", { product: "fondue set", quantity: 2, unitPrice: 8900 })
await carts.execute("grace", "remove", { product: "fondue set", quantity: 1 })
console.log("Grace's cart is worth", totalOf((await carts.load("grace")).state))

const counts = await foldProjection(regrets, store.readAll({ types: regrets.types, events: regrets.events }))
console.log("\nput in and taken out again:")
for (const [product, { added, removed }] of counts)
  console.log(`${product.padEnd(12)} ${removed} of ${added}`)
