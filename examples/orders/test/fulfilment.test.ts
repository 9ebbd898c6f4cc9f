import { createMemoryStore, createRepository, type EventStore } from "@annals/core"
import { createDeadlineRunner, createSubscription, execute, schedule } from "@annals/subscriptions"
import { recorded } from "@annals/testing"
import { expect, it } from "vitest"
import { defineFulfilment } from "../src/fulfilment/fulfilment.ts"
import { fulfilmentStarted, paymentOverdue } from "../src/fulfilment/fulfilment-events.ts"
import { order } from "../src/orders/order.ts"
import { orderPlaced } from "../src/orders/order-events.ts"
import { payment } from "../src/payments/payment.ts"
import { stock } from "../src/stock/stock.ts"
import { stockReserved } from "../src/stock/stock-events.ts"
import { eventually } from "./eventually.ts"

const fulfilment = defineFulfilment({ payWithinMs: 1 })
const tea = { product: "tea", quantity: 1, cents: 450 }

it("reserves what was ordered, and then asks for the money", () => {
  expect(fulfilment.decide(fulfilment.initial(), recorded(orderPlaced(tea)), { id: "1" })).toEqual([
    fulfilmentStarted({ product: "tea", cents: 450 }),
    execute(stock, "tea", "reserve", { orderId: "1", quantity: 1 }),
  ])
  const reservation = recorded(stockReserved({ orderId: "1", quantity: 1 }))
  expect(fulfilment.decide({ product: "tea", cents: 450 }, reservation, { id: "1" })).toEqual([
    execute(payment, "1", "request", { cents: 450 }),
    schedule(reservation.occurredAt + 1, paymentOverdue({})),
  ])
})

it("ships what was paid for after the time was over, but before it noticed", async () => {
  await using store = createMemoryStore()
  await createRepository(store, stock).execute("tea", "add", { quantity: 1 })
  await createRepository(store, order).execute("1", "place", tea)
  await runUntil(store, "payment-requested")
  await using deadlines = createDeadlineRunner(store)
  await deadlines.start()
  await eventually(() => expect(deadlines.status().handled).toBe(1))
  await createRepository(store, payment).execute("1", "pay", { isAuthorised: true })
  await runUntil(store, "order-shipped")
  const types = (await store.readAll().toArray()).map(({ type }) => type)
  expect(types.indexOf("payment-overdue")).toBeLessThan(types.indexOf("payment-received"))
  expect(types).not.toContain("stock-released")
})

/** Runs the process manager until there is an event of this type. */
async function runUntil(store: EventStore, type: string): Promise<void> {
  await using running = createSubscription(store, fulfilment)
  await running.start()
  await eventually(async () => expect(await store.readAll({ types: [type] }).toArray()).toHaveLength(1))
}
