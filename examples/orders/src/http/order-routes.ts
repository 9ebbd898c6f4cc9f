import { createRepository, deriveId, type EventStore } from "@annals/core"
import type { Subscription } from "@annals/subscriptions"
import { Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import * as z from "zod"
import { order } from "../orders/order.ts"
import { prices } from "../orders/prices.ts"
import { orderOverviews, orderStatus } from "../overview/order-overview.ts"
import { authorise } from "../payments/authorise.ts"
import { payment } from "../payments/payment.ts"
import { paymentReceived } from "../payments/payment-events.ts"
import { commandIdOf, readBody, tellPosition } from "./command-request.ts"
import { readYourWrites } from "./read-your-writes.ts"

const orderRequest = z.object({ product: z.string(), quantity: z.int().positive().max(1_000) })
const paymentRequest = z.object({ card: z.string().min(1) })
const listRequest = z.object({
  status: orderStatus.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().optional(),
})

export function orderRoutes(store: EventStore, overview: Subscription): Hono {
  const orders = createRepository(store, order)
  const payments = createRepository(store, payment)
  const routes = new Hono()
  routes.use(readYourWrites(overview))

  routes.post("/", async (context) => {
    const { product, quantity } = await readBody(context, orderRequest)
    const price = prices.get(product)
    if (price === undefined) throw new HTTPException(404, { message: "unknown-product" })
    const commandId = commandIdOf(context)
    // The same request is for the same order, also when its first answer got lost.
    const id = deriveId("order", commandId)
    const placed = await orders.execute(
      id,
      "place",
      { product, quantity, cents: price * quantity },
      { commandId },
    )
    tellPosition(context, placed)
    return context.json({ id }, 201, { Location: `/orders/${id}` })
  })

  routes.post("/:id/payment", async (context) => {
    const id = context.req.param("id")
    const { card } = await readBody(context, paymentRequest)
    const isAuthorised = await authorise(card)
    const result = await payments.execute(id, "pay", { isAuthorised }, { commandId: commandIdOf(context) })
    tellPosition(context, result)
    const isReceived = result.events.some((event) => paymentReceived.is(event))
    return isReceived ? context.json({ paid: true }) : context.json({ error: "payment-refused" }, 402)
  })

  routes.get("/:id", async (context) => {
    const found = await orderOverviews.in(store).get(context.req.param("id"))
    if (found === undefined) throw new HTTPException(404, { message: "unknown-order" })
    return context.json({ id: found.id, ...found.value })
  })

  routes.get("/", async (context) => {
    const { status, limit, after } = listRequest.parse(context.req.query())
    const { documents, next } = await orderOverviews.in(store).find({
      where: status === undefined ? {} : { status },
      orderBy: { placedAt: "descending" },
      limit,
      ...(after !== undefined && { after }),
    })
    return context.json({ orders: documents.map(({ id, value }) => ({ id, ...value })), next })
  })

  return routes
}
