// An order is placed, and then either shipped or cancelled. A stream for each.
import { defineDecider, refuse } from "@annals/core"
import { orderCancelled, orderPlaced, orderShipped } from "./order-events.ts"

interface Order {
  readonly status: "none" | "placed" | "shipped" | "cancelled"
}

interface PlaceOrder {
  readonly product: string
  readonly quantity: number
  readonly cents: number
}

export const order = defineDecider("order", {
  events: [orderPlaced, orderShipped, orderCancelled],
  initial: (): Order => ({ status: "none" }),

  evolve: {
    "order-placed": (order) => ({ ...order, status: "placed" }),
    "order-shipped": (order) => ({ ...order, status: "shipped" }),
    "order-cancelled": (order) => ({ ...order, status: "cancelled" }),
  },

  decide: {
    place: ({ status }, placed: PlaceOrder) =>
      status === "none" ? orderPlaced(placed) : refuse("already-placed"),

    ship: ({ status }) => (status === "placed" ? orderShipped({}) : refuse("not-open", { status })),

    cancel: ({ status }, { reason }: { reason: string }) =>
      status === "placed" ? orderCancelled({ reason }) : refuse("not-open", { status }),
  },
})
