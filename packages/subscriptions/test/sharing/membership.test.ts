import { createMemoryStore, type Measurement, type MeasurementName, type Operation } from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { Membership } from "../../src/sharing/membership.ts"
import { TestInstance, type TestInstanceOptions } from "./test-instance.ts"

const ttlMs = 3000
/** A heartbeat comes within a third of it. */
const beatMs = 1000

describe("a member", () => {
  it("that is alone takes all slots, each block with its fence", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    expect(a.changes).toHaveLength(1)
    const { held, surplus } = a.membership.holding
    expect([held.length, surplus]).toEqual([32, []])
    expect(held[1]).toEqual({
      resource: "slots-0032-0063",
      slots: { first: 32, last: 63 },
      fence: { group: "g", resource: "slots-0032-0063", owner: "a", number: 1 },
    })
  })

  it("gives up what a new one is due, when its subscription is through with it and not before", async () => {
    const { join, clock } = world()
    const a = join("a", { givesUp: false })
    await clock.advance(0)
    const b = join("b")
    await clock.advance(10 * ttlMs)
    expect(a.held).toHaveLength(32)
    const { surplus } = a.membership.holding
    expect(surplus).toHaveLength(16)
    expect(b.changes).toEqual([{ held: [], surplus: [] }])

    const released = a.membership.released(surplus)
    expect(a.held).toHaveLength(16)
    await released
    await b.membership.renew()
    expect(b.held).toEqual([...surplus])
    expect(a.membership.holding.surplus).toEqual([])
  })

  it("hears nothing, and loses nothing, while nothing changes", async () => {
    const { join, clock } = world()
    const a = join("a")
    const b = join("b")
    await clock.advance(0)
    await clock.advance(2 * ttlMs)
    const changes = [a.changes.length, b.changes.length]
    a.calls.length = 0
    await clock.advance(20 * ttlMs)
    expect([a.changes.length, b.changes.length]).toEqual(changes)
    expect(new Set(a.calls)).toEqual(new Set(["heartbeat"]))
    expect(a.calls.length).toBeGreaterThanOrEqual(60)
    expect(a.calls.length).toBeLessThanOrEqual(80)
  })

  it("is asked to give nothing up where one is active, and is followed by another when it stops", async () => {
    const { join, clock } = world()
    const a = join("a", { instances: "one-active" })
    await clock.advance(0)
    const b = join("b", { instances: "one-active" })
    join("c", { instances: "one-active" }).freeze()
    await clock.advance(20 * ttlMs)
    expect(a.changes).toHaveLength(1)
    expect(b.held).toEqual([])
    await a.membership.stop()
    await clock.advance(beatMs)
    expect(b.membership.holding.held[0]).toMatchObject({
      slots: { first: 0, last: 1023 },
      fence: { number: 2 },
    })
  })

  it("that dies is followed when its time is over", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    const b = join("b")
    a.freeze()
    await clock.advance(ttlMs - 1)
    expect(b.held).toEqual([])
    await clock.advance(1 + beatMs)
    expect(b.held).toHaveLength(32)
  })

  it("that hung past its time finds others in its place", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    a.freeze()
    const b = join("b")
    await clock.advance(2 * ttlMs)
    expect(b.held).toHaveLength(32)
    a.thaw()
    await clock.advance(0)
    expect(a.held).toEqual([])
    await clock.advance(2 * beatMs)
    expect([a.held.length, b.held.length]).toEqual([16, 16])
    expect(a.membership.holding.held[0]?.fence.number).toBe(3)
  })

  it("that hung past its time goes on under the same fences where nobody took its place", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    const [before] = a.changes
    a.freeze()
    await clock.advance(2 * ttlMs)
    a.thaw()
    await clock.advance(beatMs)
    expect(a.changes.at(-1)).toEqual(before)
  })
})

describe("a member whose store is away", () => {
  it("tries again soon, and reports each failure", async () => {
    const { join, clock } = world()
    const a = join("a")
    a.line = "cut"
    await clock.advance(0)
    await clock.advance(beatMs)
    expect(a.errors.length).toBeGreaterThanOrEqual(3)
    expect(a.changes).toEqual([])
    a.line = "up"
    await clock.advance(ttlMs / 10)
    expect(a.held).toHaveLength(32)
  })

  it("holds what it had until others may have it, and again when the store is back", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    a.line = "cut"
    await clock.advance(ttlMs - 1)
    expect(a.changes).toHaveLength(1)
    await clock.advance(1)
    expect(a.changes.slice(1)).toEqual([{ held: [], surplus: [] }])
    a.line = "up"
    await clock.advance(ttlMs / 10)
    expect(a.changes.slice(2)).toEqual([a.changes[0]])
  })

  it("counts its time from when the heartbeat was sent", async () => {
    const { join, clock } = world()
    let delayMs = 0
    const a = join("a", { delayMs: () => delayMs })
    await clock.advance(0)
    delayMs = 500
    void a.membership.renew()
    await clock.advance(0)
    await clock.advance(1000)
    a.line = "cut"
    await clock.advance(ttlMs - 1001)
    expect(a.held).toHaveLength(32)
    await clock.advance(1)
    expect(a.held).toEqual([])
  })

  it("doesn't believe an answer that is older than its time", async () => {
    const { join, clock } = world()
    const a = join("a", { delayMs: () => ttlMs / 2 })
    await clock.advance(ttlMs)
    expect(a.changes).toEqual([])
    expect(a.calls).toEqual(["heartbeat", "heartbeat"])
  })

  it("never has two calls under way", async () => {
    const { join, clock } = world()
    const a = join("a", { delayMs: () => beatMs })
    join("b")
    for (let round = 0; round < 10; round++) {
      void a.membership.renew()
      await clock.advance(beatMs / 2)
    }
    expect(a.calls.length).toBeGreaterThan(1)
    expect(a.mostCalls).toBe(1)
  })

  it("takes anew, under another number, what it was given without hearing of it", async () => {
    const { join, clock } = world()
    const a = join("a")
    a.line = "answers to acquire lost"
    await clock.advance(1)
    expect([a.held, a.errors.length]).toEqual([[], 1])
    a.line = "up"
    await clock.advance(ttlMs / 10)
    expect(new Set(a.membership.holding.held.map(({ fence }) => fence.number))).toEqual(new Set([2]))
  })

  it("leaves nothing to a former run under its name that may still be at work", async () => {
    const { join, clock, store } = world()
    const former = join("a")
    await clock.advance(0)
    former.freeze()
    const a = join("a")
    await clock.advance(0)
    expect(a.held).toHaveLength(32)
    const [lost] = former.membership.holding.held
    expect(lost).toBeDefined()
    expect(await store.leases.holds(lost === undefined ? [] : [lost.fence])).toBe(false)
  })
})

describe("a renewal", () => {
  it("sends a heartbeat at once, and is over when that has come back", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    await a.membership.renew()
    expect(a.calls).toEqual(["heartbeat", "acquire", "heartbeat"])
  })

  it("isn't content with a heartbeat that was under way already", async () => {
    const { join, clock } = world()
    const a = join("a", { delayMs: () => 10 })
    let isOver = false
    void a.membership.renew().then(() => {
      isOver = true
    })
    await clock.advance(40)
    expect([a.calls, isOver]).toEqual([["heartbeat", "acquire", "heartbeat"], false])
    await clock.advance(20)
    expect(isOver).toBe(true)
  })

  it("waits until the store is back, or the member has stopped", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    a.line = "cut"
    const renewal = a.membership.renew()
    await clock.advance(ttlMs)
    expect(a.held).toEqual([])
    a.line = "up"
    await clock.advance(ttlMs / 10)
    await renewal
    expect(a.held).toHaveLength(32)
    a.line = "cut"
    const another = a.membership.renew()
    await a.membership.stop()
    await another
    await a.membership.renew()
  })
})

describe("a member that stops", () => {
  it("gives everything back at once, in the middle of a sleep, and leaves no timer", async () => {
    const { join, clock, store } = world()
    const a = join("a")
    await clock.advance(0)
    await a.membership.stop()
    expect(await store.leases.inspect("g")).toMatchObject({ owners: [], leases: [] })
    expect([clock.sleepers, a.changes.length, a.held]).toEqual([0, 1, []])
    await a.membership.stop()
    a.membership.start()
    expect(a.calls).toEqual(["heartbeat", "acquire", "leave"])
  })

  it("in the middle of a heartbeat doesn't come back by it", async () => {
    const { join, clock, store } = world()
    const a = join("a", { delayMs: () => 100 })
    await clock.advance(50)
    const stopped = a.membership.stop()
    await clock.advance(1000)
    await stopped
    expect(a.calls).toEqual(["heartbeat", "leave"])
    expect((await store.leases.inspect("g")).owners).toEqual([])
    expect([clock.sleepers, a.changes]).toEqual([0, []])
  })

  it("waits for a store that doesn't answer no longer than for its leases to run out", async () => {
    const { clock, store } = world()
    const leases = { ...store.leases, heartbeat: () => new Promise<never>(() => {}) }
    const hung = { name: "hung", tenant: undefined, clock, observer: undefined, leases }
    const member = new Membership({ ...options, store: hung })
    member.start()
    let isOver = false
    void member.stop().then(() => {
      isOver = true
    })
    await clock.advance(ttlMs - 1)
    expect(isOver).toBe(false)
    await clock.advance(1)
    expect(isOver).toBe(true)
  })

  it("lets nobody wait for a renewal that is under way", async () => {
    const { join, clock } = world()
    const a = join("a", { delayMs: () => 100 })
    const renewal = a.membership.renew()
    const stopped = a.membership.stop()
    await renewal
    await clock.advance(0)
    await clock.advance(1000)
    await stopped
    expect(a.calls).toEqual(["heartbeat", "leave"])
  })

  it("stops also when the store refuses", async () => {
    const { join, clock } = world()
    const a = join("a")
    await clock.advance(0)
    a.line = "cut"
    await a.membership.stop()
    expect(a.errors).toHaveLength(1)
  })

  it("before it began has nothing to do", async () => {
    const { store } = world()
    await new Membership({ ...options, store }).stop()
    expect((await store.leases.inspect("g")).owners).toEqual([])
  })
})

describe("whoever watches", () => {
  it("sees leases change hands, and nothing of heartbeats", async () => {
    const operations: Operation[] = []
    const measurements: Measurement[] = []
    const clock = createFakeClock()
    const store = createMemoryStore({
      clock,
      observer: {
        around: (operation, run) => {
          operations.push(operation)
          return run()
        },
        record: (measurement) => measurements.push(measurement),
      },
    })
    const a = new TestInstance(store, clock)
    await clock.advance(5 * ttlMs)
    const b = new TestInstance(store, clock, { owner: "b" })
    await clock.advance(2 * ttlMs)
    await b.membership.stop()
    await a.membership.stop()
    const lease = { name: "lease", system: "memory", subject: "g", metadata: {} }
    // Taken by a, given up by a, taken by b, given back by both.
    expect(operations).toEqual(Array(5).fill(lease))
    const slots = measurements.filter(({ name }) => name === "subscription.slots")
    expect(slots.map(({ value }) => value)).toEqual([1024, 0, 1024, 512, 512, 0, 0])
    expect(slots[0]?.attributes).toEqual({ subscription: "g" })
    const changed = (name: MeasurementName) =>
      measurements.filter((each) => each.name === name).map(({ value }) => value)
    // What is given up for others is told when it is held no more.
    expect(changed("subscription.slots.gained").reduce((sum, value) => sum + value)).toBe(1024 + 512)
    expect(changed("subscription.slots.lost").reduce((sum, value) => sum + value)).toBe(1024 + 512)
  })

  it("and throws doesn't stop the heartbeats", async () => {
    const { join, clock } = world()
    const a = join("a", {
      onChange: () => {
        throw new Error("odd")
      },
    })
    await clock.advance(0)
    await clock.advance(2 * ttlMs)
    expect(a.errors).toEqual([new Error("odd")])
    expect(a.held).toHaveLength(32)
    expect(a.calls.filter((name) => name === "heartbeat").length).toBeGreaterThan(5)
  })
})

const options = {
  group: "g",
  owner: "a",
  instances: "shared",
  ttlMs,
  random: () => 0.5,
  onChange: () => {},
  onError: () => {},
} as const

function world() {
  const clock = createFakeClock()
  const store = createMemoryStore({ clock })
  const join = (owner: string, more: TestInstanceOptions = {}) =>
    new TestInstance(store, clock, { owner, ttlMs, ...more })
  return { clock, store, join }
}
