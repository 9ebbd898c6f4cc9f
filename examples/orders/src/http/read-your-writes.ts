import type { Subscription } from "@annals/subscriptions"
import type { MiddlewareHandler } from "hono"
import * as z from "zod"

const minPosition = z.coerce.number().int().nonnegative()

/** Reads with a `Min-Position`, such as the `Position` of an earlier answer, wait until the read model knows of everything up to there. */
export function readYourWrites(readModel: Subscription): MiddlewareHandler {
  return async (context, next) => {
    const wanted = context.req.header("Min-Position")
    if (wanted !== undefined && context.req.method === "GET") {
      await readModel.waitFor(minPosition.parse(wanted), { timeoutMs: 5_000, signal: context.req.raw.signal })
    }
    await next()
  }
}
