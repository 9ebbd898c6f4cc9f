import {
  type Codec,
  createBus,
  createMemoryStore,
  type DeadLetterStore,
  type RecordedEvent,
} from "@annals/core"
import { describe, expect, it } from "vitest"
import { eventsNamed, eventually, settled, setUp } from "./scripted-bus.ts"
import { deliveriesOf, type ScriptedDelivery, ScriptedDriver } from "./scripted-driver.ts"

/** Takes its time with the events that it is told to hold up. */
function slowCodec() {
  const gates: PromiseWithResolvers<void>[] = []
  const wait = async () => {
    const gate = gates.shift()
    await gate?.promise
  }
  const codec: Codec = {
    name: "slow",
    encode: async (payload) => {
      await wait()
      return payload
    },
    decode: async (payload) => {
      await wait()
      return payload
    },
  }
  const hold = () => {
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    return gate
  }
  return { codec, hold }
}

describe("publishing", () => {
  /** A driver that writes down what is published. */
  function writing() {
    const driver = new ScriptedDriver()
    const sent: (readonly string[])[] = []
    driver.publish = async (messages: readonly { readonly key: string }[] = []) => {
      sent.push(messages.map(({ key }) => key))
    }
    return { driver, sent }
  }
  const [a1, b1] = eventsNamed("a1", "b1") as [RecordedEvent, RecordedEvent]

  it("keeps calls in order where encoding the first takes longer", async () => {
    const { driver, sent } = writing()
    const { codec, hold } = slowCodec()
    const bus = createBus(driver, { codecs: [codec] })
    const gate = hold()
    const publishing = Promise.all([bus.publish([a1]), bus.publish([b1])])
    await settled()
    expect(sent).toEqual([])
    gate.resolve()
    await publishing
    expect(sent).toEqual([["note/a"], ["note/b"]])
  })

  it("goes on behind a call whose encoding failed", async () => {
    const { driver, sent } = writing()
    const { codec, hold } = slowCodec()
    const bus = createBus(driver, { codecs: [codec] })
    const gate = hold()
    const failing = bus.publish([a1])
    const second = bus.publish([b1])
    gate.reject(new Error("no key"))
    await expect(failing).rejects.toThrow()
    await second
    expect(sent).toEqual([["note/b"]])
  })

  it("sends nothing once it was aborted while the driver opened", async () => {
    const { driver, sent } = writing()
    const opening = Promise.withResolvers<void>()
    driver.open = () => opening.promise
    const ending = new AbortController()
    const publishing = createBus(driver).publish([a1], { signal: ending.signal })
    await settled()
    ending.abort(new Error("not any more"))
    opening.resolve()
    await expect(publishing).rejects.toThrow("not any more")
    expect(sent).toEqual([])
  })

  it("asks the driver for nothing where there is nothing", async () => {
    const { driver, sent } = writing()
    await createBus(driver).publish([])
    expect(sent).toEqual([])
  })
})

describe("a consumer", () => {
  it("takes what its driver delivers before it has said that the group is joined", async () => {
    const driver = new ScriptedDriver()
    const early = await deliveriesOf(eventsNamed("a1"), driver.tenure())
    const join = driver.join.bind(driver)
    driver.join = async (member) => {
      member.receive(early)
      return join(member)
    }
    const { begun } = await setUp({}, {}, driver)
    await eventually(() => expect(begun).toEqual(["a1"]))
  })

  it("calls no handler for an event whose decoding outlasts the tenure", async () => {
    const { codec, hold } = slowCodec()
    const { driver, consumer, begun } = await setUp({}, { codecs: [codec] })
    const tenure = driver.tenure()
    const deliveries = await deliveriesOf(eventsNamed("a1"), tenure)
    const gate = hold()
    driver.hand(...deliveries)
    await settled()
    const stopping = consumer.stop()
    gate.resolve()
    await stopping
    expect([begun, driver.log]).toEqual([[], ["a1 released", "left"]])
  })

  it("has told its driver what is done before it asks for the lag", async () => {
    const { driver, consumer } = await setUp({ handler: () => {} })
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    const asking = consumer.lag()
    expect(driver.log).toEqual(["a1 acknowledged"])
    expect(await asking).toBe(7)
  })

  it("releases all that waits behind what it has begun, as soon as its tenure is to end", async () => {
    const { driver, begun, end } = await setUp()
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2", "a3", "a4"), tenure)))
    await eventually(() => expect(begun).toEqual(["a1"]))
    const finishing = driver.member?.finish(tenure)
    await settled()
    expect(driver.log).toEqual(["a2 released", "a3 released", "a4 released"])
    await end("a1")
    await finishing
  })

  it("that can't park has the next one count from the beginning", async () => {
    const { driver, consumer, clock, fail } = await setUp({ retry: { attempts: 2 } })
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await fail("a1")
    await clock.asleep()
    await clock.advance(100)
    await fail("a1")
    await expect(consumer.done).rejects.toMatchObject({ code: "BUS_FAILED" })
    expect(driver.log).toEqual(["a1 failed 1", "a1 failed 0", "a1 released", "left"])
  })

  it("gives a message back that no bus sent when it stops because of it", async () => {
    const { driver, consumer } = await setUp()
    const [delivery] = (await deliveriesOf(eventsNamed("a1"), driver.tenure())) as [ScriptedDelivery]
    driver.hand({ ...delivery, head: undefined, place: "queue 7" })
    await expect(consumer.done).rejects.toThrow("queue 7")
    expect(driver.log).toEqual(["a1 released", "left"])
  })
})

describe("a look at the parked streams that takes long", () => {
  /** The first answer says how it was when it was asked for, and comes when the test says so. */
  function slowFirst(letters: DeadLetterStore) {
    const answering = Promise.withResolvers<void>()
    let isFirst = true
    const parkedStreams = async (source: string) => {
      const wasFirst = isFirst
      isFirst = false
      const streams = await letters.parkedStreams(source)
      if (wasFirst) await answering.promise
      return streams
    }
    return { deadLetters: { ...letters, parkedStreams }, answer: () => answering.resolve() }
  }

  it("forgets no stream that is parked before it is over", async () => {
    await using store = createMemoryStore()
    const { deadLetters, answer } = slowFirst(store.deadLetters)
    const { driver, begun, running } = await setUp({ deadLetters, retry: { attempts: 1 } })
    const tenure = driver.tenure()
    const [a1, a2] = (await deliveriesOf(eventsNamed("a1", "a2"), tenure)) as [
      ScriptedDelivery,
      ScriptedDelivery,
    ]
    driver.hand(a1)
    await settled()
    const wasBegun = running.has("a1")
    if (!wasBegun) answer()
    await eventually(() => expect(running.has("a1")).toBe(true))
    running.get("a1")?.reject(new Error("no"))
    await eventually(() => expect(driver.log).toEqual(["a1 acknowledged"]))
    if (wasBegun) {
      driver.hand(...(await deliveriesOf(eventsNamed("b1"), driver.tenure()))) // has it look once more
      await settled()
      answer()
    }
    await settled()
    driver.hand(a2)
    await eventually(() => expect(driver.log).toContain("a2 acknowledged"))
    expect(begun).not.toContain("a2")
  })

  it("forgets no stream that is parked while a later look is under way", async () => {
    await using store = createMemoryStore()
    const gates: PromiseWithResolvers<void>[] = []
    let isSlow = false
    const parkedStreams = async (source: string) => {
      const streams = await store.deadLetters.parkedStreams(source)
      if (!isSlow) return streams
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      await gate.promise
      return streams
    }
    const deadLetters = { ...store.deadLetters, parkedStreams }
    const { driver, clock, begun, fail } = await setUp({ deadLetters, retry: { attempts: 1 } })
    const [a1, a2] = (await deliveriesOf(eventsNamed("a1", "a2"), driver.tenure())) as [
      ScriptedDelivery,
      ScriptedDelivery,
    ]
    driver.hand(a1)
    await eventually(() => expect(begun).toEqual(["a1"]))
    isSlow = true
    await clock.asleep()
    await clock.advance(1_000)
    await eventually(() => expect(gates).toHaveLength(1))
    await fail("a1")
    await eventually(() => expect(driver.log).toEqual(["a1 acknowledged"]))
    gates[0]?.resolve()
    await settled()
    driver.hand(a2)
    await eventually(() => expect(driver.log).toContain("a2 acknowledged"))
    expect(begun).toEqual(["a1"])
  })
})

describe("what a dead letter store is asked", () => {
  it("leads to no parking when the tenure was lost before the answer", async () => {
    await using store = createMemoryStore()
    const answering = Promise.withResolvers<void>()
    let asked = 0
    const list: DeadLetterStore["list"] = async (filter) => {
      asked++
      const found = await store.deadLetters.list(filter)
      await answering.promise
      return found
    }
    const deadLetters = { ...store.deadLetters, list }
    const { driver, consumer, fail, begun } = await setUp({ deadLetters, retry: { attempts: 1 } })
    const tenure = driver.tenure()
    driver.hand(...(await deliveriesOf(eventsNamed("a1", "a2"), tenure)))
    await fail("a1")
    await eventually(() => expect(asked).toBe(1))
    tenure.lose()
    answering.resolve()
    await consumer.stop()
    expect(begun).toEqual(["a1"])
    expect(await store.deadLetters.list()).toMatchObject([{ version: 1 }])
    expect(driver.breaches).toEqual([])
  })

  it("is told of once in a row where it can't answer, since nothing else shows that events wait", async () => {
    await using store = createMemoryStore()
    const warnings: unknown[] = []
    const ignore = () => {}
    const warn = (message: string, fields?: unknown) => void warnings.push([message, fields])
    let isAway = true
    const park: DeadLetterStore["park"] = async (...given) => {
      if (isAway) throw new Error("away")
      await store.deadLetters.park(...given)
    }
    const { driver, fail, clock } = await setUp(
      { deadLetters: { ...store.deadLetters, park }, retry: { attempts: 1 } },
      { logger: { debug: ignore, info: ignore, error: ignore, warn } },
    )
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await fail("a1")
    await clock.asleep(2)
    await clock.advance(100)
    await clock.asleep(2)
    isAway = false
    await clock.advance(200)
    await eventually(() => expect(driver.log).toEqual(["a1 acknowledged"]))
    expect(warnings).toEqual([
      [expect.stringContaining("events wait"), { group: "g", error: new Error("away") }],
    ])
  })
})
