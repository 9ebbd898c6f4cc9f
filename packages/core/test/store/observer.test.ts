import { describe, expect, it } from "vitest"
import {
  createMemoryStore,
  defineEvent,
  type Observer,
  type Operation,
  streamId,
  type,
} from "../../src/index.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const account = streamId("account", "alice")

function recordingObserver(): Observer & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    seen,
    async around(operation: Operation, run) {
      seen.push(`start ${operation.name}`)
      operation.metadata.traceparent = "00-trace-span-01"
      try {
        const result = await run()
        seen.push(`end ${operation.name}`)
        return result
      } catch (error) {
        seen.push(`fail ${operation.name}`)
        throw error
      }
    },
    record: () => {},
  }
}

describe("the observer of a store", () => {
  it("doesn't get in the way of saying what is wrong with an event", async () => {
    await using store = createMemoryStore({ observer: recordingObserver() })
    await expect(store.append(account, [null as never])).rejects.toMatchObject({ code: "INVALID_EVENT" })
  })

  it("stands around appends and reads, and reaches the events' metadata", async () => {
    const observer = recordingObserver()
    await using store = createMemoryStore({ observer })
    await store.append(account, [opened({ owner: "Alice" })])
    const [event] = await store.readStream(account).toArray()
    expect(event?.metadata.traceparent).toBe("00-trace-span-01")
    expect(observer.seen).toEqual(["start append", "end append", "start read", "end read"])
  })

  it("sees failures", async () => {
    const observer = recordingObserver()
    await using store = createMemoryStore({ observer })
    await expect(store.append(account, [opened({ owner: "Alice" })], { expected: 3 })).rejects.toThrow()
    expect(observer.seen).toEqual(["start append", "fail append"])
  })

  it("doesn't replace trace context that an event brings along", async () => {
    await using store = createMemoryStore({ observer: recordingObserver() })
    await store.append(account, [opened({ owner: "Alice" }, { metadata: { traceparent: "own" } })])
    const [event] = await store.readStream(account).toArray()
    expect(event?.metadata.traceparent).toBe("own")
  })

  it("is told what is appended, without payloads", async () => {
    const operations: Operation[] = []
    const observer: Observer = {
      around: (operation, run) => {
        operations.push(operation)
        return run()
      },
      record: () => {},
    }
    await using store = createMemoryStore({ observer })
    await store.forTenant("acme").append(account, [opened({ owner: "secret" }), opened({ owner: "secret" })])
    expect(operations).toMatchObject([
      {
        name: "append",
        system: "memory",
        tenant: "acme",
        category: "account",
        streamId: "alice",
        eventCount: 2,
        eventTypes: ["opened", "opened"],
      },
    ])
    expect(JSON.stringify(operations)).not.toContain("secret")
  })

  it("is told of a read how much it was, when it is over", async () => {
    const counts: (number | undefined)[] = []
    const observer: Observer = {
      async around(operation, run) {
        if (operation.name !== "read") return run()
        counts.push(operation.eventCount)
        const result = await run()
        counts.push(operation.eventCount)
        return result
      },
      record: () => {},
    }
    await using store = createMemoryStore({ observer })
    await store.append(account, [opened({ owner: "Alice" }), opened({ owner: "Bob" })])
    await store.readAll().toArray()
    expect(counts).toEqual([undefined, 2])
  })
})
