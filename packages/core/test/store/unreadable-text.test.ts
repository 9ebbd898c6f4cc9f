import { describe, expect, it } from "vitest"
import { jsonSerializer } from "../../src/index.ts"

describe("text that isn't JSON", () => {
  it.each(["Alice's secret password", '{"card": "4111 1111', "", '{"pin":1234]'])(
    "isn't quoted in the error: %j",
    (body) => {
      const error = (() => {
        try {
          return jsonSerializer.deserialize({ encoding: "json", body })
        } catch (thrown) {
          return thrown as Error
        }
      })()
      expect(error).toBeInstanceOf(SyntaxError)
      expect(String((error as Error).message)).toMatch(/^it isn't JSON(: damaged at position \d+)?$/)
      expect((error as Error).cause).toBeUndefined()
    },
  )
})
