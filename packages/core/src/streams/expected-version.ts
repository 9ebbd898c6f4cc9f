/**
 * What an append expects of its stream:
 * `"any"` never conflicts, `"no-stream"` wants no event there yet, `"stream-exists"` wants at least one,
 * a number wants exactly that version (0 = no stream).
 */
export type ExpectedVersion = "any" | "no-stream" | "stream-exists" | number

/** Whether a stream at version `actual` is what the append expected. Every driver decides by this function or its like. */
export function matchesExpected(expected: ExpectedVersion, actual: number): boolean {
  switch (expected) {
    case "any":
      return true
    case "no-stream":
      return actual === 0
    case "stream-exists":
      return actual > 0
    default:
      return actual === expected
  }
}
