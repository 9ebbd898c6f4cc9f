import type { ExpectedVersion } from "@annals/core"

const anyVersion = null
const existingStream = -2

export function encodeExpected(expected: ExpectedVersion): number | null {
  switch (expected) {
    case "any":
      return anyVersion
    case "stream-exists":
      return existingStream
    case "no-stream":
      return 0
    default:
      return expected
  }
}
