import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"

/** What a dead letter says of the error of its last attempt. */
export function describeFailure(error: unknown, attempts: number, failedAt: number): DeadLetterFailure {
  if (!(error instanceof Error)) return { message: String(error), code: "Error", attempts, failedAt }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name
  return { message: error.message, code, attempts, failedAt }
}
