import { createMemoryStore, createRepository, foldProjection } from "@annals/core"
import { expect, it } from "vitest"
import { cart } from "../src/cart.ts"
import { regrets } from "../src/regrets.ts"

it("counts over all carts what was put in and taken out again", async () => {
  await using store = createMemoryStore()
  const carts = createRepository(store, cart)
  for (const customer of ["ada", "grace"]) {
    await carts.execute(customer, "add", { product: "tea", quantity: 3, unitPrice: 450 })
    await carts.execute(customer, "remove", { product: "tea", quantity: 1 })
  }
  await carts.execute("ada", "checkOut")
  const counts = await foldProjection(
    regrets,
    store.readAll({ types: regrets.types, events: regrets.events }),
  )
  expect(counts).toEqual(new Map([["tea", { added: 6, removed: 2 }]]))
})
