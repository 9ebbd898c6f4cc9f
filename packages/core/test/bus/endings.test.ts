import { getEventListeners } from "node:events"
import { createBus, createMemoryBus, createMemoryStore, type DeadLetterStore } from "@annals/core"
import { describe, expect, it } from "vitest"
import { eventsNamed, eventually, settled, setUp } from "./scripted-bus.ts"
import { deliveriesOf, ScriptedDriver } from "./scripted-driver.ts"

const throwing = () => {
  throw new Error("no")
}
const brokenLogger = { debug: throwing, info: throwing, warn: throwing, error: throwing }

/** Says that a stream in slot 3 is requeued. */
async function withRequeued(deadLetters: DeadLetterStore): Promise<void> {
  const stream = { tenant: "", category: "note", id: "a" }
  const eventId = "0190a5f0-0000-7000-8000-000000000001"
  await deadLetters.park("bus:g", [{ stream, version: 1, position: 1, eventId, type: "noted", slot: 3 }])
  await deadLetters.requeue("bus:g")
}

describe("a consumer that failed", () => {
  it("is told of until another one of its group begins", async () => {
    await using bus = createMemoryBus()
    const failing = await bus.subscribe({ group: "g", retry: { attempts: 1 }, handler: throwing })
    await bus.publish(eventsNamed("a1"))
    await expect(failing.done).rejects.toMatchObject({ code: "BUS_FAILED" })
    expect(await bus.health()).toMatchObject({ healthy: false })
    expect(bus.status().consumers).toMatchObject([{ state: "failed" }])
    await bus.subscribe({ group: "g", handler: () => {} })
    expect(await bus.health()).toEqual({ healthy: true, problems: [] })
    expect(bus.status().consumers).toMatchObject([{ state: "running" }])
  })

  it("is told of while only others begin, and those that run always", async () => {
    await using bus = createMemoryBus()
    const failing = await bus.subscribe({ group: "g", retry: { attempts: 1 }, handler: throwing })
    await bus.publish(eventsNamed("a1"))
    await expect(failing.done).rejects.toMatchObject({ code: "BUS_FAILED" })
    const one = await bus.subscribe({ group: "other", handler: () => {} })
    const two = await bus.subscribe({ group: "other", handler: () => {} })
    expect(bus.status().consumers.map(({ state }) => state)).toEqual(["failed", "running", "running"])
    await bus.close()
    expect([one.status().state, two.status().state]).toEqual(["stopped", "stopped"])
  })

  it("is told of until it is stopped, and doesn't keep its group from being removed", async () => {
    await using bus = createMemoryBus()
    const failing = await bus.subscribe({ group: "g", retry: { attempts: 1 }, handler: throwing })
    await bus.publish(eventsNamed("a1"))
    await expect(failing.done).rejects.toMatchObject({ code: "BUS_FAILED" })
    await bus.removeGroup("g")
    await failing.stop()
    expect(bus.status().consumers).toEqual([])
  })

  it("asks nothing more of its broker", async () => {
    await using store = createMemoryStore()
    const { driver, consumer, bus } = await setUp({ deadLetters: store.deadLetters })
    driver.member?.fail(new Error("no such queue"))
    await expect(consumer.done).rejects.toThrow("no such queue")
    await withRequeued(store.deadLetters)
    await bus.deadLetters("g", { deadLetters: store.deadLetters }).replay()
    await settled()
    expect(driver.nudges).toEqual([])
  })

  it("has stopped although its logger throws, and the process lives on", async () => {
    const rejections: unknown[] = []
    const listen = (error: unknown) => void rejections.push(error)
    process.on("unhandledRejection", listen)
    const { driver, consumer, fail } = await setUp({ retry: { attempts: 1 } }, { logger: brokenLogger })
    driver.member?.disconnected(new Error("gone"))
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await fail("a1")
    await expect(consumer.done).rejects.toMatchObject({ code: "BUS_FAILED" })
    await settled()
    process.off("unhandledRejection", listen)
    expect(rejections).toEqual([])
  })

  it("fails with what stopped it first", async () => {
    const { driver, consumer, begun, end } = await setUp()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await eventually(() => expect(begun).toEqual(["a1"]))
    driver.member?.fail(new Error("first"))
    driver.member?.fail(new Error("second"))
    await end("a1")
    await expect(consumer.done).rejects.toThrow("first")
  })
})

describe("stopping a consumer", () => {
  it("lets its group be removed as soon as it is done", async () => {
    await using bus = createMemoryBus()
    const consumer = await bus.subscribe({ group: "g", handler: () => {} })
    await expect(bus.removeGroup("g")).rejects.toMatchObject({ code: "BUS_FAILED" })
    const removed = consumer.done.then(() => bus.removeGroup("g"))
    await consumer.stop()
    await removed
  })

  it("is refused for the removal by this handle, whatever the broker says", async () => {
    const { bus } = await setUp()
    await expect(bus.removeGroup("g")).rejects.toThrow("has consumers here")
  })

  it("waits for handlers that run although their tenure is lost", async () => {
    const { driver, consumer, begun, end } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    await eventually(() => expect(begun).toEqual(["a1"]))
    tenure.lose()
    const stopping = consumer.stop()
    await settled()
    expect([consumer.status().state, driver.log]).toEqual(["stopping", []])
    await end("a1")
    await stopping
    expect(driver.log).toEqual(["left"])
  })

  it("waits for what was asked of the broker, also in a tenure that is lost", async () => {
    const answering = Promise.withResolvers<void>()
    const driver = new ScriptedDriver()
    const join = driver.join.bind(driver)
    driver.join = async (member) => ({ ...(await join(member)), retryLater: () => answering.promise })
    const { consumer, fail } = await setUp({ order: "none" }, {}, driver)
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    await fail("a1")
    await settled()
    tenure.lose()
    const stopping = consumer.stop()
    await settled()
    expect(driver.log).toEqual([])
    answering.resolve()
    await stopping
  })

  it("doesn't wait for a dead letter store that doesn't say which streams are parked", async () => {
    await using store = createMemoryStore()
    const parkedStreams = () => new Promise<never>(() => {})
    const { driver, consumer, begun } = await setUp({ deadLetters: { ...store.deadLetters, parkedStreams } })
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await settled()
    await consumer.stop()
    expect([begun, driver.log]).toEqual([[], ["a1 released", "left"]])
  })

  it("nudges nobody after the group was left, whenever the dead letter store answers", async () => {
    await using store = createMemoryStore()
    await withRequeued(store.deadLetters)
    const answering = Promise.withResolvers<void>()
    const parkedStreams = async (source: string) => {
      await answering.promise
      return store.deadLetters.parkedStreams(source)
    }
    const { driver, consumer } = await setUp({ deadLetters: { ...store.deadLetters, parkedStreams } })
    await consumer.stop()
    answering.resolve()
    await settled()
    expect(driver.nudges).toEqual([])
  })

  it("releases what comes meanwhile, of whatever tenure, when its handlers have ended", async () => {
    const { driver, consumer, begun, end } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    await eventually(() => expect(begun).toEqual(["a1"]))
    const stopping = consumer.stop()
    driver.hand(...(await deliveriesOf(eventsNamed("b1"), tenure)))
    driver.hand(...(await deliveriesOf(eventsNamed("c1"), driver.tenure())))
    await settled()
    expect([begun, driver.log]).toEqual([["a1"], []])
    await end("a1")
    await stopping
    expect(driver.log).toEqual(["a1 acknowledged", "b1 released", "c1 released", "left"])
    expect(driver.breaches).toEqual([])
  })
})

describe("a tenure", () => {
  it("that was lost before anything of it came is left alone", async () => {
    const { driver, consumer, begun } = await setUp({ types: ["noted"] })
    const tenure = driver.tenure()
    const unwanted = { ...JSON.parse('{"type":"other"}') }
    const [wanted, other, foreign] = await deliveriesOf(eventsNamed("a1", "b1", "c1"), tenure)
    tenure.lose()
    const head = JSON.stringify({ ...JSON.parse(String(other?.head)), ...unwanted })
    driver.hand(...[wanted, other && { ...other, head }].filter((one) => one !== undefined))
    await settled()
    if (foreign) driver.hand({ ...foreign, head: "{}" })
    await consumer.stop()
    expect([begun, driver.log, driver.breaches]).toEqual([[], ["left"], []])
  })

  it("that is finished has what comes meanwhile released once its handlers have ended", async () => {
    const { driver, begun, end } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    await eventually(() => expect(begun).toEqual(["a1"]))
    const finishing = driver.member?.finish(tenure)
    await settled()
    driver.hand(...(await deliveriesOf(eventsNamed("b1"), tenure)))
    await settled()
    expect([begun, driver.log]).toEqual([["a1"], []])
    await end("a1")
    await finishing
    expect(driver.log.toSorted()).toEqual(["a1 acknowledged", "b1 released"])
  })
})

describe("pausing", () => {
  it("leaves nothing behind where events wait", async () => {
    const retry = { attempts: 100, delayMs: 10, maxDelayMs: 10 }
    const { driver, consumer, clock, fail, signals, begun } = await setUp({ retry })
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    for (let time = 1; time <= 3; time++) {
      await fail("a1")
      await clock.asleep()
      consumer.pause()
      await clock.advance(10)
      await settled()
      expect(begun).toHaveLength(time)
      consumer.resume()
      await eventually(() => expect(begun).toHaveLength(time + 1))
    }
    expect(getEventListeners(signals.get("a1") as AbortSignal, "abort")).toEqual([])
  })

  it("doesn't hide from health that the broker is away", async () => {
    const { driver, consumer, bus } = await setUp()
    consumer.pause()
    driver.member?.disconnected(new Error("gone"))
    await settled()
    expect(consumer.status().state).toBe("paused")
    expect(await bus.health()).toMatchObject({ healthy: false })
  })

  it("ends for an event when its tenure is lost", async () => {
    const { driver, consumer, begun } = await setUp({ order: "none" })
    consumer.pause()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    tenure.lose()
    consumer.resume()
    await settled()
    expect([begun, consumer.status().inFlight]).toEqual([[], 0])
  })
})

describe("a handle", () => {
  it("opens its driver again after that was refused, and what waited is refused, too", async () => {
    const driver = new ScriptedDriver()
    let opened = 0
    driver.open = async () => {
      if (++opened === 1) throw new Error("away")
    }
    const bus = createBus(driver)
    const events = eventsNamed("a1")
    await expect(bus.publish(events)).rejects.toThrow("away")
    await bus.publish(events)
    await bus.publish([])
    expect([opened, bus.status().published, bus.status().rejected]).toEqual([2, 1, 1])
  })
})
