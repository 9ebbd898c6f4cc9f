import { createBus, createMemoryStore, type RecordedEvent } from "@annals/core"
import { describe, expect, it } from "vitest"
import { eventsNamed, eventually, settled, setUp } from "./scripted-bus.ts"
import { deliveriesOf, type ScriptedDelivery, ScriptedDriver } from "./scripted-driver.ts"

describe("discarding dead letters", () => {
  it("has an event handled that is just being parked behind the one that is discarded", async () => {
    await using store = createMemoryStore()
    const [a1, a2] = eventsNamed("a1", "a2") as [RecordedEvent, RecordedEvent]
    const elsewhere = createBus(new ScriptedDriver()).deadLetters("g", store)
    const park: typeof store.deadLetters.park = async (source, entries) => {
      if (entries[0]?.eventId === a2.id) await elsewhere.discard([a1.id])
      await store.deadLetters.park(source, entries)
    }
    const { driver, fail, end, clock, begun } = await setUp({
      deadLetters: { ...store.deadLetters, park },
      retry: { attempts: 1 },
    })
    const tenure = driver.tenure()
    const [first, second] = (await deliveriesOf([a1, a2], tenure)) as [ScriptedDelivery, ScriptedDelivery]
    driver.hand(first)
    await fail("a1")
    await eventually(() => expect(driver.log).toEqual(["a1 acknowledged"]))
    driver.hand(second)
    await eventually(() => expect(driver.log).toContain("a2 acknowledged"))
    await clock.advance(1_000)
    await eventually(() => expect(driver.nudges).toEqual([[second.slot]]))
    driver.member?.nudged(tenure, [second.slot])
    await end("a2")
    await eventually(async () => expect(await store.deadLetters.list()).toEqual([]))
    expect(begun).toEqual(["a1", "a2"])
  })

  it("doesn't replay what failed when only something behind it is given up", async () => {
    await using store = createMemoryStore()
    const { driver, bus, fail, begun } = await setUp({
      deadLetters: store.deadLetters,
      retry: { attempts: 1 },
    })
    const events = eventsNamed("a1", "a2", "a3") as [RecordedEvent, RecordedEvent, RecordedEvent]
    driver.hand(...(await deliveriesOf(events, driver.tenure())))
    await fail("a1")
    await eventually(() => expect(driver.log).toHaveLength(3))
    expect(await bus.deadLetters("g", store).discard([events[1].id])).toBe(1)
    await settled()
    const parked = await store.deadLetters.parkedStreams("bus:g")
    expect(parked).toMatchObject([{ status: "parked", entries: 2 }])
    expect(begun).toEqual(["a1"])
  })

  it("looks through however many there are", async () => {
    await using store = createMemoryStore()
    const names = Array.from({ length: 1_001 }, () => "a1")
    const events = eventsNamed(...names)
    const { driver, bus, fail } = await setUp({ deadLetters: store.deadLetters, retry: { attempts: 1 } })
    driver.hand(...(await deliveriesOf(events, driver.tenure())))
    await fail("a1")
    await eventually(() => expect(driver.log).toHaveLength(1_001))
    expect(await bus.deadLetters("g", store).replay([(events.at(-1) as RecordedEvent).id])).toBe(1_001)
  })
})
