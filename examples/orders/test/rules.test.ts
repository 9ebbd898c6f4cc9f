import { given } from "@annals/testing"
import { describe, it } from "vitest"
import { order } from "../src/orders/order.ts"
import { orderCancelled, orderPlaced, orderShipped } from "../src/orders/order-events.ts"
import { payment } from "../src/payments/payment.ts"
import {
  paymentCalledOff,
  paymentReceived,
  paymentRefused,
  paymentRequested,
} from "../src/payments/payment-events.ts"
import { stock } from "../src/stock/stock.ts"
import { stockAdded, stockDispatched, stockReleased, stockReserved } from "../src/stock/stock-events.ts"

const twoTeas = { product: "tea", quantity: 2, cents: 900 }

describe("an order", () => {
  it("is placed once", () => {
    given(order)
      .when("place", twoTeas)
      .thenEvents([orderPlaced(twoTeas)])
    given(order, [orderPlaced(twoTeas)])
      .when("place", twoTeas)
      .thenRefused("already-placed")
  })

  it("is shipped or cancelled, and not both", () => {
    given(order, [orderPlaced(twoTeas)])
      .when("ship")
      .thenEvents([orderShipped({})])
    given(order, [orderPlaced(twoTeas), orderCancelled({ reason: "not-paid" })])
      .when("ship")
      .thenRefused("not-open")
    given(order, [orderPlaced(twoTeas), orderShipped({})])
      .when("cancel", { reason: "not-paid" })
      .thenRefused("not-open")
  })
})

describe("stock", () => {
  const forOne = { orderId: "1", quantity: 2 }

  it("is reserved while there is some", () => {
    const scenario = given(stock, [stockAdded({ quantity: 3 }), stockReserved(forOne)])
    scenario.when("reserve", { orderId: "2", quantity: 1 }).thenState({ free: 0, reserved: { 1: 2, 2: 1 } })
    scenario.when("reserve", { orderId: "2", quantity: 2 }).thenRefused("out-of-stock", { free: 1 })
  })

  it("goes, or is there again, as much as was reserved", () => {
    const scenario = given(stock, [stockAdded({ quantity: 3 }), stockReserved(forOne)])
    scenario
      .when("dispatch", { orderId: "1" })
      .thenEvents([stockDispatched(forOne)])
      .thenState({ free: 1, reserved: {} })
    scenario
      .when("release", { orderId: "1" })
      .thenEvents([stockReleased(forOne)])
      .thenState({ free: 3, reserved: {} })
    scenario.when("release", { orderId: "2" }).thenRefused("not-reserved")
  })
})

describe("a payment", () => {
  const due = paymentRequested({ cents: 900 })

  it("is received in full, once, where the card allows it", () => {
    given(payment, [due])
      .when("pay", { isAuthorised: true })
      .thenEvents([paymentReceived({ cents: 900 })])
    given(payment, [due])
      .when("pay", { isAuthorised: false })
      .thenEvents([paymentRefused({})])
    given(payment, [due, paymentReceived({ cents: 900 })])
      .when("pay", { isAuthorised: true })
      .thenRefused("no-payment-due")
  })

  it("isn't called off when it was received, nor received when it was called off", () => {
    given(payment, [due, paymentReceived({ cents: 900 })])
      .when("callOff")
      .thenRefused("no-payment-due")
    given(payment, [due, paymentCalledOff({})])
      .when("pay", { isAuthorised: true })
      .thenRefused("no-payment-due")
  })
})
