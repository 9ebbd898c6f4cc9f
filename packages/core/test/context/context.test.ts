import { setImmediate } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { causedBy, causedByNothing, currentMetadata, withContext } from "../../src/index.ts"

describe("the context", () => {
  it("is empty outside, and follows asynchronous work inside", async () => {
    const inside = await withContext({ actor: "alice" }, async () => {
      await setImmediate()
      return currentMetadata()
    })
    expect(inside).toEqual({ actor: "alice" })
    expect(currentMetadata()).toEqual({})
  })

  it("is laid over the one around it", () => {
    const metadata = withContext({ actor: "alice", correlationId: "c" }, () =>
      withContext({ actor: "bob" }, currentMetadata),
    )
    expect(metadata).toEqual({ actor: "bob", correlationId: "c" })
  })

  it("keeps parallel work apart", async () => {
    const actors = await Promise.all(
      ["a", "b", "c"].map((actor) =>
        withContext({ actor }, async () => {
          await setImmediate()
          return currentMetadata().actor
        }),
      ),
    )
    expect(actors).toEqual(["a", "b", "c"])
  })

  it("gives nothing to what is caused by nothing", async () => {
    const seen = await withContext({ actor: "alice" }, () =>
      causedByNothing(async () => {
        await setImmediate()
        return [currentMetadata(), withContext({ correlationId: "c" }, currentMetadata)]
      }),
    )
    expect(seen).toEqual([{}, { correlationId: "c" }])
  })

  it("passes an event's correlation on, and names the event as cause", () => {
    const first = { id: "1", metadata: {} }
    const second = { id: "2", metadata: { correlationId: "c", causationId: "1" } }
    expect(causedBy(first, currentMetadata)).toEqual({ correlationId: "1", causationId: "1" })
    expect(causedBy(second, currentMetadata)).toEqual({ correlationId: "c", causationId: "2" })
  })
})
