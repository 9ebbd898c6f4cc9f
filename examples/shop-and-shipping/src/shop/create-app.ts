import { createRepository, type EventStore } from "@annals/core"
import { Hono } from "hono"
import * as z from "zod"
import { bill } from "./bill.ts"
import { order } from "./order.ts"

const orderRequest = z.object({
  customer: z.string(),
  product: z.string(),
  quantity: z.int().positive().max(1_000),
})

/** The shop over HTTP. The client names the order, so that it can send a request again that wasn't answered. */
export function createApp(store: EventStore): Hono {
  const orders = createRepository(store, order)
  const bills = createRepository(store, bill)

  return new Hono()
    .put("/orders/:id", async (context) => {
      const request = orderRequest.safeParse(await context.req.json().catch(() => undefined))
      if (!request.success) return context.json({ error: "invalid-request" }, 400)
      const id = context.req.param("id")
      await orders.execute(id, "place", request.data, { commandId: `place-${id}` })
      return context.json({ id }, 201)
    })
    .get("/orders/:id", async (context) => {
      const id = context.req.param("id")
      if (!(await orders.exists(id))) return context.json({ error: "unknown-order" }, 404)
      const { state } = await orders.load(id)
      return context.json({ id, ...state })
    })
    .get("/bills/:customer", async (context) => {
      const customer = context.req.param("customer")
      if (!(await bills.exists(customer))) return context.json({ cents: 0 })
      return context.json((await bills.load(customer)).state)
    })
}
