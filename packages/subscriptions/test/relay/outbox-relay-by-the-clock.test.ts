import {
  AnnalsError,
  createMemoryStoreDriver,
  createStore,
  type EventStore,
  type OutboxMessage,
  type StoredOutboxMessage,
} from "@annals/core"
import { createFakeClock, createFaultyDriver, sequentialId } from "@annals/testing"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createOutboxRelay, createSubscriptionManager, type OutboxRelayOptions } from "../../src/index.ts"
import { slotBlocks } from "../../src/sharing/slot-blocks.ts"
import { createRecordingObserver } from "../subjects/recording-observer.ts"
import { advanceUntil, settle } from "../subjects/waiting.ts"

const mail = (body: number, key?: string): OutboxMessage => ({
  id: sequentialId(body),
  topic: "mail",
  ...(key !== undefined && { key }),
  body,
})

/** A relay on a store whose clock stands still. */
function setUp(options: Partial<OutboxRelayOptions> = {}) {
  const clock = createFakeClock()
  const faults = createFaultyDriver(createMemoryStoreDriver(clock))
  const observer = createRecordingObserver()
  const store = createStore(faults.driver, { clock, observer }) as EventStore
  const received: unknown[] = []
  const signals: AbortSignal[] = []
  const relay = createOutboxRelay(store, {
    name: "mails",
    random: () => 0,
    send: (messages, { signal }) => {
      signals.push(signal)
      received.push(...messages.map(({ body }) => body))
    },
    ...options,
  })
  const state = () => relay.status().state
  return {
    ...{ clock, faults, store, observer, received, signals, relay, state },
    until: (check: () => boolean) => advanceUntil(clock, check),
    async [Symbol.asyncDispose]() {
      let isClosed = false
      const close = async () => {
        await relay[Symbol.asyncDispose]()
        await store.close()
        isClosed = true
      }
      await Promise.all([close(), advanceUntil(clock, () => isClosed)])
    },
  }
}

const never = () => new Promise<void>(() => {})
const failing = (error: unknown = new Error("no")) => Promise.reject(error)

describe("a relay of the outbox, by the clock", () => {
  it("looks at once when a commit in this process comes with an event, and polls ever more rarely otherwise", async () => {
    await using scene = setUp()
    const { clock, store, received, relay, state } = scene
    await relay.start()
    await scene.until(() => state() === "live")
    await clock.advance(10)
    await store.append({ category: "order", id: "1" }, [{ type: "placed", data: null }], {
      before: ({ outbox }) => outbox.add([mail(1)]),
    })
    await settle()
    expect(received).toEqual([1])

    // 50, 100, 200, … up to a second, and the pause of 5 ms after each look.
    await clock.advance(10_000)
    const before = clock.now()
    await store.outbox.add([mail(2)])
    await scene.until(() => received.length === 2)
    expect(clock.now() - before).toBeLessThanOrEqual(1_105)
  })

  it("doesn't look without a pause while others commit all the time", async () => {
    await using scene = setUp()
    const { clock, store, relay, observer } = scene
    await relay.start()
    await scene.until(() => relay.status().state === "live")
    const looks = () => observer.measurements.filter(({ name }) => name === "outbox.lag.ms").length
    const before = looks()
    for (let index = 0; index < 100; index++) {
      await store.append({ category: "order", id: "1" }, [{ type: "placed", data: index }])
    }
    await settle()
    expect(looks() - before).toBeLessThanOrEqual(1)
    await clock.advance(5)
    await settle()
    expect(looks() - before).toBeGreaterThanOrEqual(1)
  })

  it("stops at once in the middle of a backoff, of a pause and of a long poll", async () => {
    for (const situation of ["backoff", "pause", "poll"]) {
      await using scene = setUp({
        ...(situation === "backoff" && { send: () => failing() }),
        retry: { delayMs: 1_000_000, maxDelayMs: 1_000_000 },
        pollIntervalMs: 1_000_000,
      })
      const { store, relay, state } = scene
      if (situation === "backoff") await store.outbox.add([mail(1)])
      await relay.start()
      if (situation === "pause") relay.pause()
      const expected = { backoff: "retrying", pause: "paused", poll: "live" }[situation]
      await scene.until(() => state() === expected)
      await relay.stop()
      expect(state()).toBe("stopped")
      await relay.done
    }
  })

  it("sends nothing while paused, also from the middle of a backoff, and goes on when resumed", async () => {
    let fails = true
    await using scene = setUp({
      send: (messages) => {
        if (fails) throw new Error("no")
        scene.received.push(...messages.map(({ body }) => body))
      },
      retry: { delayMs: 1_000_000, maxDelayMs: 1_000_000 },
    })
    const { clock, store, relay, state, received } = scene
    await store.outbox.add([mail(1)])
    await relay.start()
    await scene.until(() => state() === "retrying")
    relay.pause()
    fails = false
    await settle()
    expect(state()).toBe("paused")
    await clock.advance(60_000)
    expect(received).toEqual([])
    relay.resume()
    await scene.until(() => state() === "live")
    expect(received).toEqual([1])
  })

  it("leaves a slow send behind when its time to stop is over, and sends those messages again later", async () => {
    const calls: AbortSignal[] = []
    await using scene = setUp({
      send: (_messages, { signal }) => {
        calls.push(signal)
        return calls.length === 1 ? never() : undefined
      },
    })
    const { clock, store, relay, state } = scene
    await store.outbox.add([mail(1)])
    await relay.start()
    await scene.until(() => calls.length === 1)
    const stopped = relay.stop({ timeoutMs: 500 })
    await clock.advance(499)
    expect([state(), calls[0]?.aborted]).toEqual(["stopping", false])
    await clock.advance(1)
    await stopped
    expect([state(), calls[0]?.aborted, await store.outbox.read()]).toEqual([
      "stopped",
      true,
      [expect.anything()],
    ])
    await relay.start()
    await scene.until(() => relay.status().sent === 1)
    expect(calls).toHaveLength(2)
  })

  it("doesn't begin a backoff when it is told to stop while a send fails", async () => {
    const gate = Promise.withResolvers<void>()
    let calls = 0
    await using scene = setUp({
      send: () => {
        calls++
        return gate.promise
      },
      retry: { delayMs: 1_000_000, maxDelayMs: 1_000_000 },
    })
    await scene.store.outbox.add([mail(1)])
    await scene.relay.start()
    await scene.until(() => calls === 1)
    const stopped = scene.relay.stop()
    gate.reject(new Error("no"))
    await stopped
    expect(scene.state()).toBe("stopped")
  })

  it("tells a send that another instance took over, and stands by", async () => {
    const signals: AbortSignal[] = []
    await using scene = setUp({
      instance: "one",
      send: (_messages, { signal }) => {
        signals.push(signal)
        return never()
      },
    })
    const { store, relay, state } = scene
    await store.outbox.add([mail(1)])
    await relay.start()
    await scene.until(() => signals.length === 1)
    await store.leases.leave("outbox/mails", "one")
    await store.leases.heartbeat("outbox/mails", "two", 1_000_000)
    await store.leases.acquire(
      "outbox/mails",
      "two",
      slotBlocks("one-active").map(({ resource }) => resource),
    )
    await scene.until(() => state() === "standing-by")
    expect(signals[0]?.reason).toMatchObject({ code: "LEASE_LOST" })
    expect(relay.status()).toMatchObject({ sent: 0, failed: 0 })
  })

  it("gives up a send that takes too long, as one that failed", async () => {
    const calls: AbortSignal[] = []
    await using scene = setUp({
      timeoutMs: 100,
      send: (_messages, { signal }) => {
        calls.push(signal)
        return calls.length === 1 ? never() : undefined
      },
    })
    await scene.store.outbox.add([mail(1)])
    await scene.relay.start()
    await scene.until(() => scene.relay.status().sent === 1)
    expect(calls.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(scene.relay.status()).toMatchObject({ failed: 1, lastError: { code: "HANDLER_TIMEOUT" } })
    expect(scene.observer.failures).toMatchObject([["relay", { code: "HANDLER_TIMEOUT" }]])
  })

  it("measures no lag any more once it is stopped: what waits then isn't its own", async () => {
    await using scene = setUp({ send: () => Promise.reject(new Error("no")) })
    const { store, clock, relay, observer } = scene
    await store.outbox.add([mail(1)])
    await clock.advance(60_000)
    await relay.start()
    const lag = () => observer.measurements.findLast(({ name }) => name === "outbox.lag.ms")?.value
    await scene.until(() => (lag() ?? 0) >= 60_000)
    await relay.stop()
    expect(lag()).toBe(0)
  })

  it("doesn't send again what it couldn't remove at once", async () => {
    await using scene = setUp()
    const { store, relay, received, faults } = scene
    await store.outbox.add([mail(1), mail(2)])
    faults.fail("transaction", "before", { times: 3 })
    await relay.start()
    await scene.until(() => relay.status().sent === 2)
    expect(received).toEqual([1, 2])
    expect(await store.outbox.read()).toEqual([])
  })

  it("removes what it sent when it is stopped before it could", async () => {
    await using scene = setUp({ retry: { delayMs: 1_000_000, maxDelayMs: 1_000_000 } })
    const { store, relay, received, faults, state } = scene
    await store.outbox.add([mail(1)])
    faults.fail("transaction", "before")
    await relay.start()
    await scene.until(() => state() === "retrying")
    await relay.stop()
    expect(received).toEqual([1])
    expect(await store.outbox.read()).toEqual([])
  })

  it("fails for good where the store does", async () => {
    await using scene = setUp()
    const { store, relay, state, faults } = scene
    await store.outbox.add([mail(1)])
    const corrupt = new AnnalsError("STORE_CORRUPT", "oh no")
    faults.fail("transaction", "before", { error: corrupt, times: 2 })
    await relay.start()
    await scene.until(() => state() === "failed")
    await expect(relay.done).rejects.toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: corrupt })
  })

  it("tells observers of what it sends, and when it can't", async () => {
    await using scene = setUp({ onFailure: "park", retry: { attempts: 1, delayMs: 0 }, batchSize: 1 })
    const { observer, relay, store } = scene
    await store.outbox.add([{ ...mail(1), headers: { traceparent: "00-1-2-01" } }])
    await relay.start()
    await scene.until(() => relay.status().sent === 1)
    expect(observer.named("relay")).toMatchObject([
      { system: "memory", subject: "mails", eventCount: 1, causes: [{ traceparent: "00-1-2-01" }] },
    ])
    expect(observer.measurements).toContainEqual({
      name: "outbox.sent",
      value: 1,
      attributes: { relay: "mails" },
    })
  })

  it("does without wake-ups that can't be listened to", async () => {
    const closed = {
      listen: () => {
        throw new AnnalsError("CLOSED", "these wake-ups are disposed of")
      },
    }
    await using scene = setUp({ wakeUps: [closed] })
    const { relay, store, received } = scene
    await relay.start()
    expect(relay.status().lastError).toMatchObject({ code: "CLOSED" })
    await store.outbox.add([mail(1)])
    await scene.until(() => received.length === 1)
    await relay.stop()
  })

  it("runs among a manager's runners", async () => {
    await using scene = setUp()
    const { relay, store, clock } = scene
    await using manager = createSubscriptionManager(store, { runners: [relay] })
    await manager.start()
    await store.outbox.add([mail(1)])
    await scene.until(() => relay.status().sent === 1)
    expect(manager.health()).toEqual({ healthy: true, problems: [] })
    expect(manager.status()).toMatchObject([{ name: "mails", sent: 1 }])
    const stopped = manager.stop()
    await clock.advance(0)
    await stopped
    expect(relay.status().state).toBe("stopped")
  })

  it("refuses options that make no sense", async () => {
    const { store } = setUp()
    const refuse = (options: object, path: string) =>
      expect(() => createOutboxRelay(store, { name: "mails", send: () => {}, ...options })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", path }),
      )
    refuse({ send: undefined }, "send")
    refuse({ batchSize: 0 }, "batchSize")
    refuse({ onFailure: "skip" }, "onFailure")
    refuse({ retry: { attempts: 0 } }, "retry.attempts")
    refuse({ pollIntervalMs: 0 }, "pollIntervalMs")
    expect(() => createOutboxRelay(store, { name: "", send: () => {} })).toThrow(
      expect.objectContaining({ code: "INVALID_NAME" }),
    )
  })
})

describe("a relay of the outbox, whatever happens", () => {
  const message = fc.record({
    key: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
    poison: fc.nat(6),
  })
  const trouble = fc.constantFrom("ok", "fails", "away", "half", "unremoved", "restart", "robbed")

  it("sends every message at least once, each key's in order, and removes none that wasn't sent", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.array(trouble, { maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        async (given, troubles, batchSize) => {
          const plan = [...troubles]
          const sent: StoredOutboxMessage[] = []
          const wanted: (() => Promise<unknown>)[] = []
          const isPoison = ({ body }: StoredOutboxMessage) =>
            given[body as number]?.poison === 0 && isPoisoned
          let isPoisoned = true
          await using scene = setUp({
            batchSize,
            instance: "one",
            onFailure: "park",
            retry: { attempts: 2, delayMs: 10 },
            send: async (messages) => {
              const now = plan.shift() ?? "ok"
              if (now === "away") throw new AnnalsError("BUS_UNAVAILABLE", "gone", { retryable: true })
              if (now === "fails") throw new Error("no")
              for (const [index, one] of messages.entries()) {
                if (isPoison(one)) throw new Error("poison")
                if (now === "half" && index * 2 >= messages.length) throw new Error("no")
                sent.push(one)
              }
              if (now === "unremoved") scene.faults.fail("transaction", "before")
              if (now === "restart") wanted.push(() => scene.relay.stop().then(() => scene.relay.start()))
              if (now === "robbed") wanted.push(() => scene.store.leases.leave("outbox/mails", "one"))
            },
          })
          const { store, relay, clock } = scene
          const messages = given.map(({ key }, index) => mail(index, key))
          await store.outbox.add(messages.slice(0, 5))
          await relay.start()
          for (const one of messages.slice(5)) {
            await store.outbox.add([one])
            await clock.advance(30)
            await wanted.shift()?.()
          }
          isPoisoned = false
          const isDone = async () => (await store.outbox.read()).length === 0
          for (let round = 0; !(await isDone()); round++) {
            if (round > 500) throw new Error(`stuck in ${JSON.stringify(relay.status())}`)
            await wanted.shift()?.()
            relay.retry()
            await clock.advance(1000)
            await settle(3)
          }
          for (const { id } of messages) expect(sent.map((one) => one.id)).toContain(id)
          for (const key of ["a", "b", "c"]) {
            const firsts = [
              ...new Set(sent.filter((one) => one.key === key).map(({ body }) => body as number)),
            ]
            expect(firsts).toEqual([...firsts].sort((left, right) => left - right))
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
