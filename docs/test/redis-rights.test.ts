import { randomUUID } from "node:crypto"
import { createRedisBus } from "@annals/bus-redis"
import { createMemoryStore, defineEvent, type RecordedEvent, streamId, type } from "@annals/core"
import { usingService } from "@annals/services"
import { Redis } from "ioredis"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readPage } from "../src/repository.ts"
import { readFences } from "../src/samples/read-fences.ts"
import { removeRedisTopic } from "../src/samples/remove-topic.ts"

const noted = defineEvent("noted", type<{ text: string }>())
const [rights = ""] = readFences(readPage("docs/guides/redis.md").text)
  .filter(({ language }) => language === "redis")
  .map(({ content }) => content)

usingService("redis", (server) => {
  const name = `docs-${randomUUID().slice(0, 8)}`
  const password = randomUUID()
  const redis = new Redis(server, { lazyConnect: true })
  const url = new URL(server)
  url.username = name
  url.password = password

  let events: readonly RecordedEvent[]

  beforeAll(async () => {
    await redis.connect()
    const [command = "", ...args] = rights
      .replaceAll("shop", name)
      .replace(">secret", `>${password}`)
      .split(/\s+/)
    await redis.call(command, ...args)
    await using store = createMemoryStore()
    await store.append(streamId("note", "1"), [noted({ text: "a" }), noted({ text: "b" })])
    events = await store.readAll().toArray()
  })

  afterAll(async () => {
    await redis.call("ACL", "DELUSER", name)
    redis.disconnect()
    await removeRedisTopic(server, name)
  })

  it("with the rights that the page names, a bus can do all that it does", async () => {
    await using store = createMemoryStore()
    await using bus = createRedisBus({ url: url.href, topic: name, maxLength: 0, trimIntervalMs: 10 })
    let isBroken = true
    const handler = () => {
      if (isBroken) throw new Error("broken")
    }
    const retry = { attempts: 2, delayMs: 1 }
    const ordered = await bus.subscribe({ group: "ordered", retry, deadLetters: store.deadLetters, handler })
    const unordered = await bus.subscribe({ group: "unordered", order: "none", retry, handler })
    await bus.publish(events)
    await expect.poll(() => ordered.deadLetters.list(), { timeout: 30_000 }).toHaveLength(2)
    await expect.poll(() => unordered.deadLetters.list(), { timeout: 30_000 }).toHaveLength(2)

    isBroken = false
    await ordered.deadLetters.replay()
    await unordered.deadLetters.replay()
    await expect.poll(() => ordered.status().handled, { timeout: 30_000 }).toBe(2)
    await expect.poll(() => unordered.status().handled, { timeout: 30_000 }).toBe(2)
    await expect.poll(() => ordered.lag(), { timeout: 30_000 }).toBe(0)
    expect(await bus.health()).toEqual({ healthy: true, problems: [] })

    await ordered.stop()
    await unordered.stop()
    await bus.removeGroup("ordered")
    await bus.removeGroup("unordered")
  })

  it("with these rights, a bus can't use another topic", async () => {
    await using bus = createRedisBus({ url: url.href, topic: "another" })
    await expect(bus.publish(events)).rejects.toMatchObject({ code: "BUS_FAILED" })
  })
})
