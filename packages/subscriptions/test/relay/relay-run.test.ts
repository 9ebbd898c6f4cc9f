import {
  type Codec,
  createMemoryBus,
  createMemoryStore,
  type EventStore,
  type RecordedEvent,
} from "@annals/core"
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import {
  busWakeUps,
  createSubscription,
  defineForwarder,
  defineRelay,
  defineSubscription,
  type RunOptions,
  type Subscription,
  type SubscriptionDefinition,
} from "../../src/index.ts"
import { createLossyBus, type PublishOutcome, versionsByStream } from "./lossy-bus.ts"
import { onEveryStore } from "./stores.ts"

const eventually = (check: () => unknown) => vi.waitFor(check, { interval: 2, timeout: 30_000 })
const note = (id: string) => ({ category: "note", id })
const noted = (data: number) => ({ type: "noted", data })

async function appendSome(store: EventStore, rounds: number, streams = ["a", "b", "c"]): Promise<number> {
  let position = 0
  for (let round = 0; round < rounds; round++) {
    for (const id of streams) {
      ;({ position } = await store.append(note(id), [noted(round * 2), noted(round * 2 + 1)]))
    }
  }
  return position
}

async function run(
  store: EventStore,
  definition: SubscriptionDefinition,
  options: RunOptions = {},
): Promise<Subscription> {
  const subscription = createSubscription(store, definition, { pollIntervalMs: 20, ...options })
  await subscription.start()
  return subscription
}

const versions = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

onEveryStore((open) => {
  describe("a relay that runs", () => {
    it("publishes everything once, in the order of each stream, also across clean stops", async () => {
      const store = open()
      await using bus = createMemoryBus()
      const received: RecordedEvent[] = []
      await bus.subscribe({ group: "all", handler: (event) => void received.push(event) })
      const relay = defineRelay("all", { bus, pageSize: 4 })
      for (let stop = 0; stop < 3; stop++) {
        const position = await appendSome(store, 3)
        await using running = await run(store, relay)
        await running.waitFor(position)
        await appendSome(store, 1)
      }
      await using running = await run(store, relay)
      await running.waitFor(await store.head())
      await eventually(() => expect(received).toHaveLength(72))
      expect(versionsByStream(received)).toEqual({
        "/note/a": versions(24),
        "/note/b": versions(24),
        "/note/c": versions(24),
      })
      expect(running.status().kind).toBe("relay")
    })

    it("waits while the bus is away, and then goes on in order without a gap", async () => {
      const store = open()
      const away = Array.from({ length: 12 }, () => ({ sent: 0, fails: true }))
      const bus = createLossyBus(away)
      await using running = await run(
        store,
        defineRelay("all", { bus, retry: { delayMs: 1, maxDelayMs: 4, attempts: 2 } }),
      )
      const position = await appendSome(store, 5)
      await running.waitFor(position)
      expect(bus.failures).toHaveLength(12)
      expect(versionsByStream(bus.received)).toEqual({
        "/note/a": versions(10),
        "/note/b": versions(10),
        "/note/c": versions(10),
      })
    })

    it("publishes again what it published just before it crashed, and nothing else", async () => {
      const store = open()
      const position = await appendSome(store, 2, ["a"])
      const received: number[] = []
      let calls = 0
      const relay = defineRelay("all", {
        pageSize: 2,
        bus: {
          publish: async (events) => {
            received.push(...events.map(({ version }) => version))
            // The bus has them, and the process hangs before it can say so.
            if (++calls === 2) await new Promise(() => {})
          },
        },
      })
      const crashed = await run(store, relay)
      await eventually(() => expect(calls).toBe(2))
      await crashed.stop({ timeoutMs: 1 })
      await using running = await run(store, relay)
      await running.waitFor(position)
      expect(received).toEqual([1, 2, 3, 4, 3, 4])
    })

    it("keeps the order of streams when instances share them", async () => {
      const store = open()
      const bus = createLossyBus()
      const relay = defineRelay("all", { bus, instances: "shared", pageSize: 3 })
      await using one = await run(store, relay, { instance: "one", leaseTtlMs: 300 })
      const streams = Array.from({ length: 12 }, (_, index) => `s${index}`)
      await appendSome(store, 2, streams)
      await using _two = await run(store, relay, { instance: "two", leaseTtlMs: 300 })
      const position = await appendSome(store, 3, streams)
      await one.waitFor(position)
      // Repeats are allowed where a slow machine cost an instance its lease.
      for (const arrived of Object.values(versionsByStream(bus.received))) {
        expect([...new Set(arrived)]).toEqual(versions(10))
      }
    })
  })

  describe("a forwarder that runs", () => {
    it("gives the other store every event once, with stops and hanging targets in between", async () => {
      const [from, to] = [open(), open()]
      let calls = 0
      const target: EventStore = {
        ...to,
        appendToStreams: async (...given) => {
          const result = await to.appendToStreams(...given)
          // It is appended, and nobody is told.
          if (++calls % 3 === 2) await new Promise(() => {})
          return result
        },
      }
      const archive = defineForwarder("archive", { to: target, pageSize: 5 })
      for (let stop = 0; stop < 3; stop++) {
        await appendSome(from, 3)
        const running = await run(from, archive)
        await eventually(() => expect(calls % 3).toBe(2))
        await running.stop({ timeoutMs: 1 })
        calls++
      }
      await using running = await run(from, defineForwarder("archive", { to }))
      await running.waitFor(await from.head())
      const arrived = await to.readAll().toArray()
      expect(versionsByStream(arrived)).toEqual({
        "/note/a": versions(18),
        "/note/b": versions(18),
        "/note/c": versions(18),
      })
      const byId = (events: readonly RecordedEvent[]) =>
        new Map(events.map(({ id, data, version }) => [id, { data, version }]))
      expect(byId(arrived)).toEqual(byId(await from.readAll().toArray()))
      expect(running.status().kind).toBe("forwarder")
    })
  })
})

describe("a relay, whatever the bus does", () => {
  const outcome = fc.record<PublishOutcome>({ sent: fc.nat(6), fails: fc.boolean() })

  it("gives everyone each stream's events in order and without a gap, with repeats only after a failure", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { maxLength: 12 }),
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("one-active" as const, "shared" as const),
        async (outcomes, streams, pageSize, instances) => {
          await using store = createMemoryStore()
          const bus = createLossyBus(outcomes)
          const relay = defineRelay("all", { bus, pageSize, instances, retry: { delayMs: 0 } })
          for (const id of streams) await store.append(note(id), [noted(0)])
          await using running = await run(store, relay)
          await running.waitFor(await store.head())
          for (const id of new Set(streams)) {
            const arrived = bus.received
              .filter(({ stream }) => stream.id === id)
              .map(({ version }) => version)
            expect([...new Set(arrived)]).toEqual(versions(streams.filter((one) => one === id).length))
          }
          expectRepeatsAfterFailuresOnly(bus)
        },
      ),
      { numRuns: 40 },
    )
  })

  /** Between two failures, versions of a stream only go up by one. */
  function expectRepeatsAfterFailuresOnly({ received, failures }: ReturnType<typeof createLossyBus>): void {
    const last = new Map<string, number>()
    for (const [index, { stream, version }] of received.entries()) {
      if (failures.includes(index)) last.clear()
      const before = last.get(stream.id)
      if (before !== undefined) expect(version).toBe(before + 1)
      last.set(stream.id, version)
    }
  }
})

describe("an event that can't be sent", () => {
  it("stops the relay with nothing of the batch behind it sent, or parks its stream while others go on", async () => {
    await using store = createMemoryStore()
    await appendSome(store, 2, ["a", "b"])
    const received: RecordedEvent[] = []
    const bus = {
      publish: async (events: readonly RecordedEvent[]) => {
        if (events.some(({ stream, version }) => stream.id === "a" && version === 2))
          throw new Error("too large")
        received.push(...events)
      },
    }
    const retry = { delayMs: 0, attempts: 2 }
    const stopping = await run(store, defineRelay("stop", { bus, retry }))
    await expect(stopping.done).rejects.toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      cause: { message: "too large" },
    })
    expect(versionsByStream(received)).toEqual({ "/note/a": [1] })

    received.length = 0
    await using parking = await run(store, defineRelay("park", { bus, retry, onFailure: "park" }))
    await parking.waitFor(await store.head())
    expect(versionsByStream(received)).toEqual({ "/note/a": [1], "/note/b": versions(4) })
    expect(await parking.deadLetters.parkedStreams()).toMatchObject([{ stream: note("a"), entries: 3 }])
  })

  it("is also one that can't be decoded: it isn't tried again", async () => {
    const forgetful: Codec = {
      name: "forgetful",
      encode: (payload) => payload,
      decode(payload) {
        if (payload.body === "13") throw new Error("the key is gone")
        return payload
      },
    }
    await using store = createMemoryStore({ codecs: [forgetful] })
    await store.append(note("a"), [noted(12), noted(13), noted(14)])
    const bus = createLossyBus()
    const running = await run(store, defineRelay("all", { bus }))
    await expect(running.done).rejects.toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      cause: { code: "UNREADABLE_EVENT" },
    })
    expect(versionsByStream(bus.received)).toEqual({ "/note/a": [1] })
    expect(running.status().retried).toBeLessThan(2)
  })
})

describe("a subscription", () => {
  it("that would forward a store into itself can't be made", async () => {
    await using store = createMemoryStore()
    const archive = defineForwarder("archive", { to: store.forTenant("acme") })
    expect(() => createSubscription(store, archive)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "to" }),
    )
  })

  it("is woken by a bus, long before it would look by itself", async () => {
    await using store = createMemoryStore()
    // Its own hints don't get through.
    const deaf: EventStore = { ...store, wakeUps: { listen: () => ({ [Symbol.dispose]() {} }) } }
    await using bus = createMemoryBus()
    await using wakeUps = busWakeUps(bus, { group: "wake" })
    const handled: unknown[] = []
    const definition = defineSubscription("notes", { handle: (event) => void handled.push(event.data) })
    await using running = await run(deaf, definition, { wakeUps: [wakeUps], pollIntervalMs: 3_600_000 })
    await eventually(() => expect(running.status().state).toBe("live"))
    await using _relay = await run(store, defineRelay("all", { bus }))
    await store.append(note("a"), [noted(1)])
    await eventually(() => expect(handled).toEqual([1]))
  })
})
