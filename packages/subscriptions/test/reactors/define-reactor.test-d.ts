import { defineEvent, type } from "@annals/core"
import { defineReactor, defineSubscription, type SubscriptionDefinition } from "../../src/index.ts"

const paid = defineEvent("paid", type<{ order: string }>())
const shipped = defineEvent("shipped", type<{ parcels: number }>())

defineReactor("typed", {
  events: [paid, shipped],
  from: "end",
  after: ["orders", defineSubscription("totals", { handle: () => {} })],
  on: {
    paid: async ({ data }, { idempotencyKey, signal, attempt }) => {
      ;[data.order, idempotencyKey] satisfies string[]
      signal satisfies AbortSignal
      attempt satisfies number
    },
  },
}) satisfies SubscriptionDefinition

// @ts-expect-error: where to begin must be said
defineReactor("from where", { events: [paid], on: { paid: () => {} } })

defineReactor("wrong data", {
  events: [paid],
  from: "end",
  // @ts-expect-error: not in the data of that event
  on: { paid: ({ data }) => void data.parcels },
})

defineReactor("foreign", {
  events: [paid],
  from: "end",
  on: {
    paid: () => {},
    // @ts-expect-error: not among its events
    shipped: () => {},
  },
})
