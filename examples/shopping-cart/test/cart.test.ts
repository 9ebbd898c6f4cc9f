import { createMemoryStore, createRepository } from "@annals/core"
import { given } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { cart, totalOf } from "../src/cart.ts"
import { checkedOut, itemAdded, itemRemoved } from "../src/cart-events.ts"

const twoTeas = { product: "tea", quantity: 2, unitPrice: 450 }
const oneMilk = { product: "milk", quantity: 1, unitPrice: 120 }

describe("a cart", () => {
  it("takes what is put in, at the price of the day", () => {
    given(cart)
      .when("add", twoTeas)
      .thenEvents([itemAdded(twoTeas)])
      .thenState((state) => expect(totalOf(state)).toBe(900))
  })

  it("takes twenty of one product", () => {
    given(cart, [itemAdded({ ...twoTeas, quantity: 19 })])
      .when("add", twoTeas)
      .thenRefused("too-many", { most: 20 })
  })

  it("gives back what was put in, and nothing else", () => {
    const shopping = given(cart, [itemAdded(twoTeas)])
    shopping
      .when("remove", { product: "tea", quantity: 2 })
      .thenEvents([itemRemoved({ product: "tea", quantity: 2 })])
    shopping.when("remove", { product: "tea", quantity: 3 }).thenRefused("not-in-cart")
    shopping.when("remove", { product: "milk", quantity: 1 }).thenRefused("not-in-cart")
  })

  it("is checked out with its total", () => {
    given(cart, [itemAdded(twoTeas), itemAdded(oneMilk)])
      .when("checkOut")
      .thenEvents([checkedOut({ total: 1020 })])
  })

  it("isn't checked out empty, also when everything was taken out again", () => {
    given(cart).when("checkOut").thenRefused("empty")
    given(cart, [itemAdded(oneMilk), itemRemoved({ product: "milk", quantity: 1 })])
      .when("checkOut")
      .thenRefused("empty")
  })

  it("is checked out once, and changed no more", () => {
    const done = given(cart, [itemAdded(oneMilk), checkedOut({ total: 120 })])
    done.when("checkOut").thenRefused("already-checked-out")
    done.when("add", twoTeas).thenRefused("already-checked-out")
    done.when("remove", { product: "milk", quantity: 1 }).thenRefused("already-checked-out")
  })

  it("loses nothing when a customer clicks ten times at once", async () => {
    await using store = createMemoryStore()
    const carts = createRepository(store, cart)
    await Promise.all(Array.from({ length: 10 }, () => carts.execute("ada", "add", oneMilk)))
    expect(totalOf((await carts.load("ada")).state)).toBe(1200)
  })
})
