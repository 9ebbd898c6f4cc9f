import type { SubscriptionManager } from "@annals/subscriptions"
import { Hono } from "hono"

export function statusRoutes(background: SubscriptionManager): Hono {
  const routes = new Hono()

  // For whoever restarts or replaces processes: red when something failed for good, or is stuck.
  routes.get("/health", (context) => {
    const health = background.health()
    return context.json(health, health.healthy ? 200 : 503)
  })

  // For people.
  routes.get("/status", async (context) => {
    const lags = await Promise.all(
      background.subscriptions.map(async (subscription) => ({
        [subscription.name]: await subscription.lag(),
      })),
    )
    const running = background.status().map(({ lastError, ...status }) => ({
      ...status,
      ...(lastError !== undefined && { lastError: String(lastError) }),
    }))
    return context.json({ running, lag: Object.assign({}, ...lags) })
  })

  return routes
}
