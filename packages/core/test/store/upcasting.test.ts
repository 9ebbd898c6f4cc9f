import { describe, expect, it } from "vitest"
import * as z from "zod"
import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  defineEvents,
  type EventSet,
  streamId,
  type,
} from "../../src/index.ts"

const stream = streamId("account", "alice")

const first = defineEvent("opened", type<{ name: string }>())
const second = first.nextVersion(type<{ owner: string }>(), ({ name }) => ({ owner: name }))
const third = second.nextVersion(
  z.object({ owner: z.string().min(2), limit: z.int().default(7) }),
  ({ owner }) => ({ owner }),
)

async function readAs(
  events: EventSet,
  ...written: Parameters<Awaited<ReturnType<typeof createMemoryStore>>["append"]>[1][]
) {
  const store = createMemoryStore()
  for (const part of written) await store.append(stream, part)
  return store.readStream(stream, { events }).toArray()
}

describe("reading older events", () => {
  it("upcasts step by step from whatever version is stored, and runs the newest schema over the result", async () => {
    const events = await readAs(
      defineEvents([third]),
      [first({ name: "Alice" })],
      [second({ owner: "Bob" })],
      [third({ owner: "Carol", limit: 9 })],
    )
    expect(events.map(({ data }) => data)).toEqual([
      { owner: "Alice", limit: 7 },
      { owner: "Bob", limit: 7 },
      { owner: "Carol", limit: 9 },
    ])
    expect(events.map(({ schemaVersion }) => schemaVersion)).toEqual([3, 3, 3])
  })

  it("reads events under their former names", async () => {
    const renamed = defineEvent("accountOpened", type<{ name: string }>(), { formerNames: ["opened"] })
    const [event] = await readAs(defineEvents([renamed]), [first({ name: "Alice" })])
    expect(event).toMatchObject({ type: "accountOpened", data: { name: "Alice" } })
  })

  it("doesn't validate what is of the newest version, unless asked to", async () => {
    await using store = createMemoryStore()
    await store.append(stream, [defineEvent("opened", type<unknown>())({ owner: 5 })])
    const strict = defineEvents([defineEvent("opened", z.object({ owner: z.string() }))])
    expect(await store.readStream(stream, { events: strict }).toArray()).toHaveLength(1)
    await expect(
      store.readStream(stream, { events: strict, validate: true }).toArray(),
    ).rejects.toMatchObject({
      code: "UNREADABLE_EVENT",
    })
  })

  it("gives upcasters the metadata, tags and time of the event", async () => {
    const next = first.nextVersion(type<{ seen: unknown }>(), (_data, { metadata, tags, occurredAt }) => ({
      seen: { metadata, tags, occurredAt },
    }))
    const options = { metadata: { actor: "me" }, tags: ["t"], occurredAt: 5 }
    const [event] = await readAs(defineEvents([next]), [first({ name: "Alice" }, options)])
    expect(event?.data).toEqual({ seen: options })
  })

  it.each([
    [
      "whose upcaster throws",
      "UPCAST_FAILED",
      first.nextVersion(type<{ owner: string }>(), () => {
        throw new Error("no")
      }),
    ],
    ["whose upcast data is invalid", "UPCAST_FAILED", third],
    ["of a newer schema version", "UNREADABLE_EVENT", first],
  ])("fails for an event %s, and says which it is", async (_what, code, eventType) => {
    const written = eventType === first ? second({ owner: "A" }) : first({ name: "A" })
    await expect(readAs(defineEvents([eventType]), [written])).rejects.toMatchObject({
      code,
      stream: "account/alice",
      position: 1,
    })
  })

  it("leaves out and reports what it can't read, or hands it over raw, as it is told", async () => {
    await using store = createMemoryStore()
    await store.append(stream, [
      first({ name: "A" }),
      defineEvent("unknown", type<1>())(1),
      first({ name: "Alice" }),
    ])
    const events = defineEvents([third])
    const reported: string[] = []
    const skipping = await store
      .readStream(stream, {
        events,
        unreadable: (event, error) => reported.push(`${event.version} ${error.code}`),
      })
      .toArray()
    expect(skipping.map(({ version }) => version)).toEqual([3])
    expect(reported).toEqual(["1 UPCAST_FAILED", "2 UNKNOWN_EVENT_TYPE"])

    const raw = await store.readStream(stream, { events, unreadable: "raw" }).toArray()
    expect(raw.map(({ data, schemaVersion }) => [data, schemaVersion])).toEqual([
      [{ name: "A" }, 1],
      [1, 1],
      [{ owner: "Alice", limit: 7 }, 3],
    ])
  })
})

describe("a store that was given its events", () => {
  const account = defineCategory("account", [first])
  const order = defineEvent("ordered", type<{ item: string }>())

  it("refuses to record what it couldn't read, with the types that it knows", async () => {
    await using store = createMemoryStore({ events: account.events })
    await expect(store.append(stream, [order({ item: "x" })])).rejects.toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
      path: "events[0].type",
    })
    expect(await store.head()).toBe(0)
  })

  it("validates plain objects by their type's schema", async () => {
    const events = defineEvents([defineEvent("opened", z.object({ owner: z.string() }))])
    await using store = createMemoryStore({ events })
    await expect(store.append(stream, [{ type: "opened", data: { owner: 5 } }])).rejects.toMatchObject({
      code: "INVALID_EVENT",
      path: "events[0].data.owner",
    })
  })

  it("refuses events of another category at run time, too", async () => {
    await using store = createMemoryStore()
    await expect(
      store.append(account.stream("alice"), [order({ item: "x" })] as never),
    ).rejects.toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
    })
  })
})
