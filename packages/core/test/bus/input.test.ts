import { createMemoryBus } from "@annals/core"
import { describe, expect, it } from "vitest"
import { eventsNamed, settled, setUp } from "./scripted-bus.ts"
import { deliveriesOf, type ScriptedDelivery } from "./scripted-driver.ts"

describe("a message that only looks like one of a bus", () => {
  const wrong = {
    id: 5,
    type: null,
    schemaVersion: "1",
    tenant: 7,
    category: [],
    stream: undefined,
    version: "1",
    position: null,
    tags: 5,
    correlationId: 5,
    causationId: {},
    metadata: "x",
    occurredAt: "now",
    recordedAt: null,
    encoding: 5,
    sent: 5,
  }
  for (const [field, value] of Object.entries(wrong)) {
    it(`reaches no handler, and throws nothing at its driver: ${field}`, async () => {
      const { driver, consumer, begun } = await setUp({ unreadable: "raw" })
      const [delivery] = (await deliveriesOf(eventsNamed("a1"), driver.tenure())) as [ScriptedDelivery]
      const head = { ...JSON.parse(String(delivery.head)), correlationId: "c", [field]: value }
      driver.hand({ ...delivery, head: JSON.stringify(head) })
      await settled()
      expect([begun, driver.log]).toEqual([[], ["a1 acknowledged"]])
      expect(consumer.status().state).toBe("running")
    })
  }

  it("is read where nothing is wrong", async () => {
    const { driver, begun } = await setUp()
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure())))
    await settled()
    expect(begun).toEqual(["a1"])
  })
})

describe("callers without a compiler", () => {
  it("are told what is wrong with a consumer's options", async () => {
    await using bus = createMemoryBus()
    const path = async (options: unknown) => bus.subscribe(options as never).catch((error) => error.path)
    const handler = () => {}
    expect(await path(undefined)).toBe("options")
    expect(await path({ group: "g", handler, deadLetters: {} })).toBe("deadLetters")
    expect(await path({ group: "g", handler, deadLetters: null })).toBe("deadLetters")
    await expect(bus.createGroup("g", { order: "" as never })).rejects.toMatchObject({ path: "order" })
  })
})

describe("a backoff", () => {
  it("of no time at all stays one, however often it was waited out", async () => {
    const retry = { attempts: 10_000, delayMs: 0 }
    const { driver, clock, fail, begun } = await setUp({ retry })
    driver.hand(...(await deliveriesOf(eventsNamed("a1"), driver.tenure(), 2_000)))
    await fail("a1")
    await settled()
    await clock.advance(1)
    await settled()
    expect(begun).toHaveLength(2)
  })
})
