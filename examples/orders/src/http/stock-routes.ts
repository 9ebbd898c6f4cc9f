import { createRepository, type EventStore } from "@annals/core"
import { Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import * as z from "zod"
import { prices } from "../orders/prices.ts"
import { stock } from "../stock/stock.ts"
import { commandIdOf, readBody, tellPosition } from "./command-request.ts"

const addRequest = z.object({ quantity: z.int().positive() })

export function stockRoutes(store: EventStore): Hono {
  const stocks = createRepository(store, stock)
  const routes = new Hono()

  routes.post("/:product", async (context) => {
    const product = knownProduct(context.req.param("product"))
    const { quantity } = await readBody(context, addRequest)
    const added = await stocks.execute(product, "add", { quantity }, { commandId: commandIdOf(context) })
    tellPosition(context, added)
    return context.json({ product, ...added.state })
  })

  // Folded from the stream: as true as can be, for the price of reading it.
  routes.get("/:product", async (context) => {
    const product = knownProduct(context.req.param("product"))
    const { state } = await stocks.loadOrCreate(product)
    return context.json({ product, ...state })
  })

  return routes
}

function knownProduct(product: string): string {
  if (!prices.has(product)) throw new HTTPException(404, { message: "unknown-product" })
  return product
}
