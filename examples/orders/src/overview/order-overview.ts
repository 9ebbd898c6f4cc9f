// The read model that HTTP answers from: a document for each order, joined from what happened to the order, its stock and its payment.
import { defineDocumentProjection, defineReadModel } from "@annals/subscriptions"
import * as z from "zod"
import { orderCancelled, orderPlaced, orderShipped } from "../orders/order-events.ts"
import { paymentReceived, paymentRequested } from "../payments/payment-events.ts"

export const orderStatus = z.enum(["placed", "awaiting-payment", "paid", "shipped", "cancelled"])

const orderOverview = z.object({
  status: orderStatus,
  product: z.string(),
  quantity: z.number(),
  cents: z.number(),
  /** Why it was cancelled. */
  reason: z.string().optional(),
  placedAt: z.number(),
  changedAt: z.number(),
})

export type OrderOverview = z.infer<typeof orderOverview>

export const orderOverviews = defineReadModel("order-overview", orderOverview)

export const orderOverviewProjection = defineDocumentProjection("order-overview", {
  into: orderOverviews,
  events: [orderPlaced, paymentRequested, paymentReceived, orderShipped, orderCancelled],
  initial: (): OrderOverview => ({
    status: "placed",
    product: "",
    quantity: 0,
    cents: 0,
    placedAt: 0,
    changedAt: 0,
  }),
  on: {
    "order-placed": (order, { data, occurredAt }) => ({
      ...order,
      ...data,
      placedAt: occurredAt,
      changedAt: occurredAt,
    }),
    "payment-requested": (order, { occurredAt }) => ({
      ...order,
      status: "awaiting-payment",
      changedAt: occurredAt,
    }),
    "payment-received": (order, { occurredAt }) => ({ ...order, status: "paid", changedAt: occurredAt }),
    "order-shipped": (order, { occurredAt }) => ({ ...order, status: "shipped", changedAt: occurredAt }),
    "order-cancelled": (order, { data, occurredAt }) => ({
      ...order,
      status: "cancelled",
      reason: data.reason,
      changedAt: occurredAt,
    }),
  },
})
