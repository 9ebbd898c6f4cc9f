import { createMemoryStore, createRepository, foldProjection } from "@annals/core"
import { given } from "@annals/testing"
import { expect, it } from "vitest"
import { cart } from "../src/cart.ts"
import { itemAdded, itemRemoved } from "../src/cart-events.ts"
import { regrets } from "../src/regrets.ts"

it("counts what was put in and what was taken out again", () => {
  given(regrets, [
    itemAdded({ product: "tea", quantity: 3, unitPrice: 450 }),
    itemAdded({ product: "milk", quantity: 1, unitPrice: 120 }),
    itemRemoved({ product: "tea", quantity: 1 }),
  ]).thenState(
    new Map([
      ["tea", { added: 3, removed: 1 }],
      ["milk", { added: 1, removed: 0 }],
    ]),
  )
})

it("looks at the carts of all customers", async () => {
  await using store = createMemoryStore()
  const carts = createRepository(store, cart)
  for (const customer of ["ada", "grace"]) {
    await carts.execute(customer, "add", { product: "tea", quantity: 3, unitPrice: 450 })
    await carts.execute(customer, "checkOut")
  }
  const counts = await foldProjection(
    regrets,
    store.readAll({ types: regrets.types, events: regrets.events }),
  )
  expect(counts.get("tea")).toEqual({ added: 6, removed: 0 })
})
