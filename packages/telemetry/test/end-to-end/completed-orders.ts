// A read model of the shop's.
import { type } from "@annals/core"
import { orderCompleted } from "@annals/example-shop-and-shipping/order"
import { defineDocumentProjection, defineReadModel } from "@annals/subscriptions"

export const completedOrders = defineDocumentProjection("completed-orders", {
  into: defineReadModel("completed-orders", type<{ completed: boolean }>()),
  events: [orderCompleted],
  initial: () => ({ completed: false }),
  on: {
    "order-completed": () => ({ completed: true }),
  },
})
