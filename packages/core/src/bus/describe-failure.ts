import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"

/** What a dead letter says of the error of its last attempt. */
export function describeFailure(error: unknown, attempts: number, failedAt: number): DeadLetterFailure {
  const message = messageOf(error)
  if (!(error instanceof Error)) return { message, code: "Error", attempts, failedAt }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name
  return { message, code, attempts, failedAt }
}

/** What an error says, whatever was thrown: not even all objects can be made text. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  try {
    return String(error)
  } catch {
    return "something without a message was thrown"
  }
}
