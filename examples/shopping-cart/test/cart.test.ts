import { createMemoryStore, createRepository, isRefused } from "@annals/core"
import { describe, expect, it } from "vitest"
import { cart, totalOf } from "../src/cart.ts"

const tea = { product: "tea", quantity: 2, unitPrice: 450 }

function openShop() {
  const carts = createRepository(createMemoryStore(), cart)
  const reasonOf = (command: Promise<unknown>) =>
    command.then(
      () => "accepted",
      (error) => (isRefused(error) ? error.reason : Promise.reject(error)),
    )
  return { carts, reasonOf }
}

describe("a cart", () => {
  it("keeps the price of the day something was put in, for the total", async () => {
    const { carts } = openShop()
    await carts.execute("ada", "add", tea)
    await carts.execute("ada", "add", { product: "milk", quantity: 1, unitPrice: 120 })
    const { events } = await carts.execute("ada", "checkOut")
    expect(events[0]?.data).toEqual({ total: 1020 })
  })

  it("takes out what was put in, and nothing else", async () => {
    const { carts, reasonOf } = openShop()
    await carts.execute("ada", "add", tea)
    await carts.execute("ada", "remove", { product: "tea", quantity: 1 })
    expect(totalOf((await carts.load("ada")).state)).toBe(450)
    expect(await reasonOf(carts.execute("ada", "remove", { product: "tea", quantity: 2 }))).toBe(
      "not-in-cart",
    )
    expect(await reasonOf(carts.execute("ada", "remove", { product: "milk", quantity: 1 }))).toBe(
      "not-in-cart",
    )
  })

  it("takes twenty of one product", async () => {
    const { carts, reasonOf } = openShop()
    await carts.execute("ada", "add", { ...tea, quantity: 20 })
    expect(await reasonOf(carts.execute("ada", "add", { ...tea, quantity: 1 }))).toBe("too-many")
  })

  it("isn't checked out empty, also when everything was taken out again", async () => {
    const { carts, reasonOf } = openShop()
    expect(await reasonOf(carts.execute("ada", "checkOut"))).toBe("empty")
    await carts.execute("ada", "add", tea)
    await carts.execute("ada", "remove", { product: "tea", quantity: 2 })
    expect(await reasonOf(carts.execute("ada", "checkOut"))).toBe("empty")
  })

  it("is checked out once, and changed no more", async () => {
    const { carts, reasonOf } = openShop()
    await carts.execute("ada", "add", tea)
    await carts.execute("ada", "checkOut")
    expect(await reasonOf(carts.execute("ada", "checkOut"))).toBe("already-checked-out")
    expect(await reasonOf(carts.execute("ada", "add", tea))).toBe("already-checked-out")
  })

  it("loses nothing when a customer clicks ten times at once", async () => {
    const { carts } = openShop()
    await Promise.all(Array.from({ length: 10 }, () => carts.execute("ada", "add", { ...tea, quantity: 1 })))
    expect((await carts.load("ada")).state.lines.get("tea")?.quantity).toBe(10)
  })
})
