import { type ConsumerOptions, createBus, createMemoryStore, type RecordedEvent } from "@annals/core"
import { describe, expect, it } from "vitest"
import { eventsNamed, eventually, setUp } from "./scripted-bus.ts"
import { deliveriesOf, ScriptedDriver } from "./scripted-driver.ts"

describe("a tenure that is lost", () => {
  it("leaves nothing to be acknowledged or released, and tells the handlers", async () => {
    const { driver, consumer, begun, signals, end } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2", "b1"), tenure)))
    await eventually(() => expect(begun).toEqual(["a1", "b1"]))
    tenure.lose()
    expect(signals.get("a1")?.aborted).toBe(true)
    await end("a1")
    await end("b1")
    await consumer.stop()
    expect(driver.log).toEqual(["left"])
    expect(driver.breaches).toEqual([])
  })

  it("ends a backoff, and the attempt that failed meanwhile doesn't count", async () => {
    const { driver, consumer, clock, begun, fail } = await setUp()
    const [losing, failing] = [driver.tenure(), driver.tenure()]
    driver.hand(
      ...(await deliveriesOf(eventsNamed("a1"), losing)),
      ...(await deliveriesOf(eventsNamed("b1"), failing)),
    )
    await fail("a1")
    await clock.asleep()
    losing.lose()
    failing.lose()
    await fail("b1")
    await eventually(() => expect(consumer.status()).toMatchObject({ inFlight: 0, failed: 1, retried: 1 }))
    expect(begun).toEqual(["a1", "b1"])
    expect(driver.log).toEqual(["a1 failed 1"])
  })

  it("keeps what is delivered anew waiting until the abandoned handler has ended", async () => {
    const { driver, begun, end } = await setUp()
    const [first, second] = [driver.tenure(), driver.tenure()]
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), first)))
    await eventually(() => expect(begun).toEqual(["a1"]))
    first.lose()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2", "b1"), second)))
    await eventually(() => expect(begun).toEqual(["a1", "b1"]))
    await end("a1")
    await eventually(() => expect(begun).toEqual(["a1", "b1", "a1"]))
    await end("a1")
    await eventually(() => expect(driver.log).toContain("a1 acknowledged"))
    expect(driver.breaches).toEqual([])
  })

  it("parks nothing", async () => {
    await using store = createMemoryStore()
    const parking = Promise.withResolvers<void>()
    const deadLetters = {
      ...store.deadLetters,
      park: async (...given: Parameters<typeof store.deadLetters.park>) => {
        await parking.promise
        return store.deadLetters.park(...given)
      },
    }
    const { driver, consumer, fail } = await setUp({ deadLetters, retry: { attempts: 1 } })
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2"), tenure)))
    tenure.lose()
    await eventually(() => expect(consumer.status().inFlight).toBe(0))
    const next = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("b1"), next)))
    await fail("b1")
    parking.resolve()
    await eventually(() => expect(driver.log).toEqual(["b1 acknowledged"]))
    expect((await store.deadLetters.list()).map(({ stream }) => stream.id)).toEqual(["b"])
  })
})

describe("a tenure that is finished in good order", () => {
  it("releases what wasn't begun, and waits for what was, which still counts", async () => {
    const { driver, begun, signals, end, clock, fail } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2", "b1"), tenure)))
    await fail("b1")
    await clock.asleep()
    let finished = false
    const finishing = driver.member?.finish(tenure).then(() => {
      finished = true
    })
    await eventually(() => expect(driver.log).toEqual(["b1 failed 1", "a2 released", "b1 released"]))
    expect(signals.get("a1")?.aborted).toBe(true)
    expect(finished).toBe(false)
    await end("a1")
    await finishing
    expect(driver.log.at(-1)).toBe("a1 acknowledged")
    expect(begun).toEqual(["a1", "b1"])
    expect(driver.breaches).toEqual([])
  })

  it("is finished at once where nothing of it was ever handed over", async () => {
    const { driver } = await setUp()
    await driver.member?.finish(driver.tenure())
  })
})

describe("with dead letters", () => {
  it("knows which streams are parked before it handles the first event of a tenure", async () => {
    await using store = createMemoryStore()
    const { driver, begun, end } = await setUp({ deadLetters: store.deadLetters })
    // Another process parks a stream, and loses it to this one.
    const [a1] = eventsNamed("a1") as [RecordedEvent]
    await using other = await startOther(store.deadLetters)
    other.driver.hand(...(await deliveriesOf([a1], other.driver.tenure())))
    await eventually(() => expect(other.driver.log).toEqual(["a1 acknowledged"]))
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2", "b1").slice(1), driver.tenure())))
    await end("b1")
    await eventually(() => expect(driver.log.toSorted()).toEqual(["a2 acknowledged", "b1 acknowledged"]))
    expect(begun).toEqual(["b1"])
    expect((await store.deadLetters.list()).map(({ version }) => version)).toEqual([1, 2])
  })

  it("replays what another process requeued, as soon as its driver says that it holds the slot", async () => {
    await using store = createMemoryStore()
    const { driver, begun, clock, end, fail } = await setUp({
      deadLetters: store.deadLetters,
      retry: { attempts: 1 },
    })
    const tenure = driver.tenure()
    const deliveries = await deliveriesOf(eventsNamed("a1"), tenure)
    driver.hand(...deliveries)
    await fail("a1")
    await eventually(() => expect(driver.log).toEqual(["a1 acknowledged"]))
    await store.deadLetters.requeue("bus:g")
    expect(driver.nudges).toEqual([])
    await clock.asleep()
    await clock.advance(1_000)
    await eventually(() => expect(driver.nudges).toEqual([[deliveries[0]?.slot]]))
    driver.member?.nudged(tenure, driver.nudges[0] ?? [])
    driver.member?.nudged(tenure, driver.nudges[0] ?? [])
    await end("a1")
    await eventually(async () => expect(await store.deadLetters.list()).toEqual([]))
    expect(begun).toEqual(["a1", "a1"])
  })
})

describe('order "none"', () => {
  it("asks again until the broker has the retry, or the dead letter", async () => {
    const { driver, clock, fail, consumer } = await setUp({ order: "none", retry: { attempts: 2 } })
    const tenure = driver.tenure()
    driver.failures = 2
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), tenure)))
    driver.hand(...(await deliveriesOf(eventsNamed("b1"), tenure, 1)))
    await fail("a1")
    await fail("b1")
    await clock.asleep(2)
    expect(consumer.status()).toMatchObject({ retried: 0, parked: 0, inFlight: 2 })
    await clock.advance(100)
    await eventually(() => expect(driver.log.toSorted()).toEqual(["a1 retried", "b1 dead"]))
    expect(consumer.status()).toMatchObject({ retried: 1, parked: 1 })
  })

  it("tells the driver which delays there are", async () => {
    const retry = { attempts: 5, delayMs: 10, maxDelayMs: 35 }
    const { driver } = await setUp({ order: "none", retry })
    expect(driver.member?.retryDelaysMs).toEqual([10, 20, 35])
    expect((await setUp({ order: "none", retry: { attempts: 1 } })).driver.member?.retryDelaysMs).toEqual([])
  })
})

describe("a consumer", () => {
  it("says while its broker is away, and goes on", async () => {
    const { driver, consumer, bus } = await setUp()
    driver.member?.disconnected(new Error("gone"))
    await eventually(() =>
      expect(consumer.status()).toMatchObject({ state: "disconnected", lastError: new Error("gone") }),
    )
    expect(await bus.health()).toEqual({
      healthy: false,
      problems: ["a consumer of group g can't reach the broker"],
    })
    driver.member?.connected()
    await eventually(() => expect(consumer.status().state).toBe("running"))
    expect(await bus.health()).toEqual({ healthy: true, problems: [] })
  })

  it("fails with what its driver can't go on for, and leaves the group", async () => {
    const { driver, consumer, bus } = await setUp()
    driver.member?.fail(new Error("no such queue"))
    await expect(consumer.done).rejects.toThrow("no such queue")
    expect(driver.log).toEqual(["left"])
    expect(await bus.health()).toMatchObject({
      healthy: false,
      problems: [expect.stringContaining("no such queue")],
    })
  })

  it("waits out many backoffs side by side without a warning", async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => void warnings.push(warning)
    process.on("warning", listen)
    const { driver, clock, consumer } = await setUp({
      handler: () => {
        throw new Error("no")
      },
    })
    const names = Array.from({ length: 26 }, (_, index) => `${String.fromCharCode(97 + index)}1`)
    driver.hand(...(await deliveriesOf(eventsNamed(...names), driver.tenure())))
    await clock.asleep(26)
    await consumer.stop()
    await new Promise(setImmediate)
    process.off("warning", listen)
    expect(warnings).toEqual([])
    expect(driver.breaches).toEqual([])
  })
})

/** A consumer of the same group in another process, whose handler always fails. */
async function startOther(deadLetters: ConsumerOptions["deadLetters"] & {}) {
  const driver = new ScriptedDriver()
  const bus = createBus(driver)
  await bus.subscribe({
    group: "g",
    deadLetters,
    retry: { attempts: 1 },
    handler: () => {
      throw new Error("no")
    },
  })
  return { driver, [Symbol.asyncDispose]: () => bus.close() }
}
