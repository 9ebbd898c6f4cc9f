import { AnnalsError, createMemoryBus, type EventBus } from "@annals/core"
import { createFakeClock, recorded } from "@annals/testing"
import { describe, expect, it, vi } from "vitest"
import { busWakeUps } from "../../src/index.ts"

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 1 })
const event = recorded({ type: "noted", data: 1 })
const other = recorded({ type: "other", data: 1 })

/** A bus that counts its consumers, and can be away. */
function watchedBus() {
  const bus = createMemoryBus()
  const state = { begun: 0, running: 0, away: undefined as Error | undefined }
  const subscribe: EventBus["subscribe"] = async (options) => {
    if (state.away) throw state.away
    const consumer = await bus.subscribe(options)
    state.begun++
    state.running++
    void consumer.done.finally(() => state.running--)
    return consumer
  }
  return { bus, state, watched: { subscribe, removeGroup: (group: string) => bus.removeGroup(group) } }
}

describe("wake-ups of a bus", () => {
  it("wake every listener when an event arrives, and once when listening has begun", async () => {
    await using bus = createMemoryBus()
    await using wakeUps = busWakeUps(bus, { group: "wake" })
    const calls = { one: 0, two: 0 }
    using _one = wakeUps.listen(() => calls.one++)
    using _two = wakeUps.listen(() => calls.two++)
    await eventually(() => expect(calls).toEqual({ one: 1, two: 1 }))
    await bus.publish([event])
    await eventually(() => expect(calls).toEqual({ one: 2, two: 2 }))
  })

  it("leave no group behind when they are disposed of", async () => {
    await using bus = createMemoryBus({ maxBacklog: 3 })
    const wakeUps = busWakeUps(bus, { group: "wake" })
    let calls = 0
    using _listening = wakeUps.listen(() => calls++)
    await eventually(() => expect(calls).toBe(1))
    await wakeUps[Symbol.asyncDispose]()
    await wakeUps[Symbol.asyncDispose]()
    for (let count = 0; count < 5; count++) await bus.publish([event])
  })

  it("merge what arrives together, and leave out what isn't asked for", async () => {
    await using bus = createMemoryBus()
    await using wakeUps = busWakeUps(bus, { group: "wake", types: ["noted"] })
    let calls = 0
    using _listening = wakeUps.listen(() => calls++)
    await eventually(() => expect(calls).toBe(1))
    await bus.publish([other])
    await bus.publish(Array.from({ length: 50 }, () => event))
    await eventually(() => expect(calls).toBeGreaterThan(1))
    expect(calls).toBeLessThan(30)
  })

  it("consume only while somebody listens, one consumer at a time", async () => {
    const { bus, state, watched } = watchedBus()
    await using _bus = bus
    await using wakeUps = busWakeUps(watched, { group: "wake" })
    expect(state.begun).toBe(0)
    const [first, second] = [wakeUps.listen(() => {}), wakeUps.listen(() => {})]
    await eventually(() => expect(state.running).toBe(1))
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect(state.running).toBe(1)
    second[Symbol.dispose]()
    using _third = wakeUps.listen(() => {})
    await eventually(() => expect(state).toMatchObject({ begun: 2, running: 1 }))
    await wakeUps[Symbol.asyncDispose]()
    expect(state.running).toBe(0)
    expect(() => wakeUps.listen(() => {})).toThrow(expect.objectContaining({ code: "CLOSED" }))
  })

  it("try again while the bus is away, and wake everybody when it is back", async () => {
    const { bus, state, watched } = watchedBus()
    await using _bus = bus
    const clock = createFakeClock()
    const warnings: string[] = []
    const ignore = () => {}
    const logger = {
      debug: ignore,
      info: ignore,
      warn: (message: string) => warnings.push(message),
      error: ignore,
    }
    state.away = new AnnalsError("BUS_UNAVAILABLE", "gone", { retryable: true })
    await using wakeUps = busWakeUps(watched, { group: "wake", clock, logger, random: () => 0 })
    let calls = 0
    using _listening = wakeUps.listen(() => calls++)
    await clock.asleep()
    await clock.advance(100)
    await clock.asleep()
    expect(warnings).toHaveLength(2)
    expect(calls).toBe(0)
    state.away = undefined
    await clock.advance(199)
    expect(state.begun).toBe(0)
    await clock.advance(1)
    await eventually(() => expect(calls).toBe(1))
  })

  it("end at once in the middle of such a wait, and for good when the bus is closed", async () => {
    const { bus, state, watched } = watchedBus()
    const clock = createFakeClock()
    state.away = new Error("gone")
    const wakeUps = busWakeUps(watched, { group: "wake", clock })
    using _listening = wakeUps.listen(() => {})
    await clock.asleep()
    await wakeUps[Symbol.asyncDispose]()
    expect(clock.sleepers).toBe(0)

    await bus.close()
    const late = busWakeUps(bus, { group: "wake", clock })
    using _late = late.listen(() => {})
    await late[Symbol.asyncDispose]()
    expect(clock.sleepers).toBe(0)
  })

  it("want a bus and a group", () => {
    const bus = createMemoryBus()
    expect(() => busWakeUps({} as never, { group: "wake" })).toThrow(expect.objectContaining({ path: "bus" }))
    expect(() => busWakeUps(bus, {} as never)).toThrow(expect.objectContaining({ path: "group" }))
  })
})
