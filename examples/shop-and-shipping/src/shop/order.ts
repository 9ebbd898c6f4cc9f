// An order is placed, and is complete when its parcel has been sent. A stream for each.
import { defineDecider, defineEvent, refuse } from "@annals/core"
import * as z from "zod"
import { orderPlaced } from "../published/order-placed.ts"

export const orderCompleted = defineEvent("order-completed", z.object({}))

interface Order {
  readonly status: "none" | "placed" | "completed"
  readonly customer: string
  readonly cents: number
}

interface PlaceOrder {
  readonly customer: string
  readonly product: string
  readonly quantity: number
}

/** Of one piece, whatever it is. */
const price = 5_00

export const order = defineDecider("order", {
  events: [orderPlaced, orderCompleted],
  initial: (): Order => ({ status: "none", customer: "", cents: 0 }),

  evolve: {
    "order-placed": (_order, { data: { customer, cents } }) => ({ status: "placed", customer, cents }),
    "order-completed": (order) => ({ ...order, status: "completed" }),
  },

  decide: {
    place: ({ status }, placed: PlaceOrder) =>
      status === "none"
        ? orderPlaced({ ...placed, cents: placed.quantity * price })
        : refuse("already-placed"),

    complete: ({ status }) => (status === "placed" ? orderCompleted({}) : refuse("not-open", { status })),
  },
})
