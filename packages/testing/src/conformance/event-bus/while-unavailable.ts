import assert from "node:assert/strict"

/** As a caller has to: what was rejected because the broker couldn't be reached is tried again. */
export async function whileUnavailable<Result>(call: () => Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await call()
    } catch (error) {
      const { code, retryable } = error as { code?: string; retryable?: boolean }
      assert.deepEqual([code, retryable], ["BUS_UNAVAILABLE", true], `${error}`)
      await new Promise(setImmediate)
    }
  }
}
