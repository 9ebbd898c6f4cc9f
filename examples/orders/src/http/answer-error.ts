import { type AnnalsError, isAnnalsError, isRefused } from "@annals/core"
import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import { ZodError } from "zod"

/** What a request that failed is answered with. */
export function answerError(error: Error, context: Context): Response | Promise<Response> {
  if (error instanceof HTTPException) return context.json({ error: error.message }, error.status)
  if (error instanceof ZodError) return context.json({ error: "invalid-request", issues: error.issues }, 400)
  if (isRefused(error)) return context.json({ error: error.reason, details: error.details }, 409)
  if (isAnnalsError(error)) return context.json({ error: error.code }, statusOf(error))
  console.error(error)
  return context.json({ error: "internal" }, 500)
}

function statusOf({ code, retryable }: AnnalsError): 400 | 500 | 503 {
  if (code === "INVALID_NAME" || code === "INVALID_VALUE" || code === "INVALID_OPTION") return 400
  return retryable || code === "WAIT_TIMEOUT" || code === "CLOSED" ? 503 : 500
}
