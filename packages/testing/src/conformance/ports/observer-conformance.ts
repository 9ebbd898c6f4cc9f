import assert from "node:assert/strict"
import type { Observer, Operation } from "@annals/core"
import type { Runner } from "../runner.ts"

const operation = (): Operation => ({ name: "append", system: "memory", metadata: {} })

/** What `Observer` promises to those who are observed: it changes nothing of what they do. */
export function observerConformance({ describe, it }: Runner, create: () => Observer): void {
  describe("Observer", () => {
    it("runs what it observes once, and returns its result", async () => {
      const observer = create()
      let runs = 0
      const result = await observer.around(operation(), async () => {
        runs++
        return "result"
      })
      assert.deepEqual([result, runs], ["result", 1])
    })

    it("passes on the very error with which it failed", async () => {
      const error = new Error("no")
      const failing = create().around(operation(), () => Promise.reject(error))
      await assert.rejects(failing, (thrown) => thrown === error)
    })

    it("keeps operations apart that run inside and beside one another", async () => {
      const observer = create()
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          observer.around(operation(), async () => {
            await new Promise(setImmediate)
            return observer.around({ ...operation(), name: "read" }, async () => index)
          }),
        ),
      )
      assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    it("puts nothing but text into an operation's metadata", async () => {
      const observed = operation()
      await create().around(observed, async () => {})
      for (const value of Object.values(observed.metadata)) assert.equal(typeof value, "string")
    })

    it("takes every measurement", async () => {
      const observer = create()
      for (const value of [0, -1, 1.5, Number.MAX_VALUE]) {
        observer.record({
          name: "bus.retried",
          value,
          attributes: { bus: "memory", group: "mail", retried: true, attempt: 1 },
        })
        observer.record({ name: "subscription.lag.ms", value, attributes: { subscription: "mail" } })
      }
      observer.record({ name: "snapshot.hit", value: 1 })
    })
  })
}
