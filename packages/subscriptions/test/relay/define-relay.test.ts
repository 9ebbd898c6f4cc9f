import { AnnalsError, createMemoryBus, createMemoryStore, type RecordedEvent } from "@annals/core"
import { recorded } from "@annals/testing"
import { describe, expect, it, vi } from "vitest"
import { defineRelay } from "../../src/index.ts"
import { handOver, readFor } from "./hand-over.ts"

const note = (id: string) => ({ category: "note", id })

/** A bus that writes down what it is asked to publish. */
function recordingBus() {
  const published: RecordedEvent[][] = []
  return {
    published,
    publish: async (events: readonly RecordedEvent[]) => void published.push([...events]),
  }
}

describe("a relay", () => {
  it("publishes what it is handed in one go, in order, with metadata and trace context", async () => {
    await using store = createMemoryStore()
    await using bus = createMemoryBus()
    const received: RecordedEvent[] = []
    await bus.subscribe({ group: "all", handler: (event) => void received.push(event) })
    const metadata = {
      correlationId: "c",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    await store.append(note("a"), [
      { type: "noted", data: 1, metadata },
      { type: "noted", data: 2 },
    ])
    await store.append(note("b"), [{ type: "noted", data: 3, tags: ["x"] }])

    const relay = defineRelay("all", { bus })
    const events = await readFor(store, relay)
    await handOver(relay, events)
    await vi.waitFor(() => expect(received).toHaveLength(3), { timeout: 30_000 })
    const byStream = (id: string) => received.filter(({ stream }) => stream.id === id)
    expect([...byStream("a"), ...byStream("b")]).toEqual(events)
  })

  it("is a relay, saves its checkpoint after every batch, and passes on what it doesn't know", () => {
    const relay = defineRelay("all", {
      bus: recordingBus(),
      categories: ["note"],
      instances: "shared",
      pageSize: 50,
    })
    expect(relay).toMatchObject({
      kind: "relay",
      name: "all",
      unreadable: "raw",
      filter: { categories: ["note"] },
      instances: "shared",
      pageSize: 50,
      checkpointEvery: { events: 1 },
      handling: { unit: "batch", transactional: false },
    })
    expect(
      defineRelay("all", { bus: recordingBus(), checkpointEvery: { events: 20 } }).checkpointEvery.events,
    ).toBe(20)
  })

  it("hands the bus the signal with which it is stopped", async () => {
    const publish = vi.fn(async () => {})
    const { signal } = new AbortController()
    await handOver(defineRelay("all", { bus: { publish } }), [recorded({ type: "noted", data: 1 })], {
      signal,
    })
    expect(publish).toHaveBeenCalledWith([expect.objectContaining({ type: "noted" })], { signal })
  })

  it("passes on the bus's error, and whether trying again may help", async () => {
    const away = new AnnalsError("BUS_UNAVAILABLE", "gone", { retryable: true })
    const relay = defineRelay("all", { bus: { publish: () => Promise.reject(away) } })
    await expect(handOver(relay, [recorded({ type: "noted", data: 1 })])).rejects.toBe(away)
    expect(relay.retry.isPermanent(away)).toBe(false)
  })

  it("sends nothing of a batch in which an event can't be decoded, and doesn't try that event again", async () => {
    const bus = recordingBus()
    const relay = defineRelay("all", { bus, retry: { isPermanent: (error) => error === "hopeless" } })
    const events = [
      recorded({ type: "noted", data: 1 }),
      recorded({ type: "noted", data: undefined }, { position: 2, version: 2 }),
    ]
    const failure = await handOver(relay, events).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: "UNREADABLE_EVENT", position: 2, eventId: events[1]?.id })
    expect(bus.published).toEqual([])
    expect(relay.retry.isPermanent(failure)).toBe(true)
    expect(relay.retry.isPermanent("hopeless")).toBe(true)
    expect(relay.retry.isPermanent(new Error("other"))).toBe(false)
  })

  it("wants a bus", () => {
    expect(() => defineRelay("all", { bus: {} as never })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "bus" }),
    )
  })
})
