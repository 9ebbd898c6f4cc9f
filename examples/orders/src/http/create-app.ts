import type { EventStore } from "@annals/core"
import type { SubscriptionManager } from "@annals/subscriptions"
import { Hono } from "hono"
import { answerError } from "./answer-error.ts"
import { orderRoutes } from "./order-routes.ts"
import { statusRoutes } from "./status-routes.ts"
import { stockRoutes } from "./stock-routes.ts"

/** The shop over HTTP. */
export function createApp(store: EventStore, background: SubscriptionManager): Hono {
  return new Hono()
    .onError(answerError)
    .route("/orders", orderRoutes(store, background.subscription("order-overview")))
    .route("/stock", stockRoutes(store))
    .route("/", statusRoutes(background))
}
