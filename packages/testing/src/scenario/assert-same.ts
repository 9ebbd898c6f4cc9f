import { AssertionError } from "node:assert"
import { isDeepStrictEqual } from "node:util"
import { lineDiff } from "./line-diff.ts"

/** Fails with a headline, and with what differs line by line. */
export function assertSame(actual: unknown, expected: unknown, headline: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  fail(`${headline} (- expected, + actual)\n\n${lineDiff(expected, actual)}\n`, actual, expected)
}

/** An `AssertionError` that runners show with their own difference as well. */
export function fail(message: string, actual?: unknown, expected?: unknown, cause?: unknown): never {
  const error = new AssertionError({ message, actual, expected, operator: "deepStrictEqual" })
  if (cause !== undefined) error.cause = cause
  throw error
}
