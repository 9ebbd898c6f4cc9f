import assert from "node:assert/strict"
import { type Codec, defineEvent, defineEvents, type StoredEvent, type } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { collected, everything, notebook, noted, textOf, undecoded } from "./sample-events.ts"

/** Fails to decode what it never should have let through. */
const poisonable: Codec = {
  name: "poisonable",
  encode: (payload) => payload,
  decode: (payload) => {
    if (String(payload.body).includes("poison")) throw new Error("no key for this one")
    return payload
  },
}

const note = defineEvent("noted", type<{ text: string }>())
const drawing = defineEvent("drawn", type<{ lines: number }>())

/** Traps 8, 16 and 24: what can't be read follows the stated policy, and stands in nobody else's way. */
export function unreadable<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("an event that can't be decoded", () => {
    it("follows the policy also where events are decoded apart from reading them", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      await store.append(notebook("a"), [noted("1"), noted("poison"), noted("3")])
      const stored = await undecoded(store.readAll())
      await assert.rejects(store.decode(stored), { code: "UNREADABLE_EVENT", eventId: stored[1]?.id })
      assert.deepEqual((await store.decode(stored, { unreadable: "raw" }))[1]?.data, undefined)
      const skipped: string[] = []
      const rest = await store.decode(stored, { unreadable: (event) => skipped.push(event.id) })
      assert.deepEqual([rest.map(textOf), skipped], [["1", "3"], [stored[1]?.id]])
      await store.transaction(async ({ events }) => {
        assert.deepEqual((await events.decode(stored.slice(2))).map(textOf), ["3"])
      })
    })

    it("fails its reader by default, who is told which it is", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      const { eventIds, positions } = await store.append(notebook("a"), [
        noted("1"),
        noted("poison"),
        noted("3"),
      ])
      const failure = { code: "UNREADABLE_EVENT", eventId: eventIds[1], position: positions[1] }
      await assert.rejects(store.readStream(notebook("a")).toArray(), failure)
      await assert.rejects(everything(store), failure)
      await assert.rejects(store.findEvent(eventIds[1] as string), failure)
    })

    it("is given to its reader as far as possible on the policy raw", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      await store.append(notebook("a"), [noted("1"), noted("poison", { tags: ["t"] }), noted("3")])
      const events = await store.readStream(notebook("a"), { unreadable: "raw" }).toArray()
      assert.deepEqual(
        events.map((event) => event.version),
        [1, 2, 3],
      )
      assert.deepEqual([events[1]?.data, events[1]?.type, events[1]?.tags], [undefined, "noted", ["t"]])
    })

    it("is left out and reported on the policy of skipping, and the reader's progress passes it", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      const { positions } = await store.append(notebook("a"), [
        noted("1"),
        noted("poison"),
        noted("3"),
        noted("poison"),
      ])
      const reports: (readonly [StoredEvent, string])[] = []
      const skip = (event: StoredEvent, error: { readonly code: string }) =>
        reports.push([event, error.code] as const)
      const pages = await collected(store.readAll({ unreadable: skip, pageSize: 1 }).pages())
      assert.deepEqual(pages.flatMap((page) => page.events).map(textOf), ["1", "3"])
      assert.equal(pages.at(-1)?.scannedTo, positions[3])
      assert.deepEqual(
        reports.map(([event, code]) => [event.version, code]),
        [
          [2, "UNREADABLE_EVENT"],
          [4, "UNREADABLE_EVENT"],
        ],
      )
    })

    it("follows the store's policy where the reader states none", async () => {
      const reports: string[] = []
      await using subject = await create({
        codecs: [poisonable],
        unreadable: (event) => reports.push(event.id),
      })
      const { store } = subject
      const { eventIds } = await store.append(notebook("a"), [noted("poison"), noted("2")])
      assert.deepEqual((await everything(store)).map(textOf), ["2"])
      assert.deepEqual(reports, [eventIds[0]])
      await assert.rejects(store.readAll({ unreadable: "fail" }).toArray(), { code: "UNREADABLE_EVENT" })
    })

    it("blocks nobody who doesn't read it", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      await store.append(notebook("a"), [noted("1"), noted("poison"), noted("3")])
      const { position } = await store.append(notebook("b"), [noted("4", { tags: ["t"] })])
      assert.deepEqual((await store.readStream(notebook("b")).toArray()).map(textOf), ["4"])
      assert.deepEqual((await store.readStream(notebook("a"), { after: 2 }).toArray()).map(textOf), ["3"])
      assert.deepEqual((await store.readAll({ tags: ["t"] }).toArray()).map(textOf), ["4"])
      assert.deepEqual(
        (await undecoded(store.readAll())).map((event) => event.version),
        [1, 2, 3, 1],
      )
      assert.equal(await store.head(), position)
      await store.append(notebook("a"), [noted("5")], { expected: 3 })
    })

    it("comes after all those before it", async () => {
      await using subject = await create({ codecs: [poisonable] })
      const { store } = subject
      await store.append(notebook("a"), [noted("1"), noted("2"), noted("poison"), noted("4")])
      const seen: string[] = []
      const reading = async () => {
        for await (const event of store.readAll({ pageSize: 1 })) seen.push(textOf(event))
      }
      await assert.rejects(reading(), { code: "UNREADABLE_EVENT" })
      assert.deepEqual(seen, ["1", "2"])
    })
  })

  describe("event types of a store", () => {
    it("refuse an unknown type when it is appended", async () => {
      await using subject = await create({ events: defineEvents([note]) })
      const { store } = subject
      const append = store.append(notebook("a"), [noted("1"), { type: "drawn", data: { lines: 3 } }])
      await assert.rejects(append, { code: "UNKNOWN_EVENT_TYPE" })
      assert.deepEqual(await everything(store), [])
    })

    it("make a reader that knows fewer follow its policy", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [note({ text: "1" }), drawing({ lines: 3 }), note({ text: "3" })])
      const events = defineEvents([note])
      await assert.rejects(store.readAll({ events }).toArray(), { code: "UNKNOWN_EVENT_TYPE" })
      const raw = await store.readAll({ events, unreadable: "raw" }).toArray()
      assert.deepEqual(raw[1]?.data as unknown, { lines: 3 })
      const skipped = await store.readAll({ events, unreadable: () => {} }).toArray()
      assert.deepEqual(
        skipped.map((event) => event.data.text),
        ["1", "3"],
      )
    })

    it("bring old versions up to date when they are read, and leave what is stored", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [note({ text: "old" })])
      const next = note.nextVersion(type<{ words: string[] }>(), ({ text }) => ({ words: [text] }))
      await store.append(notebook("a"), [next({ words: ["new"] })])
      const events = await store.readAll({ events: defineEvents([next]) }).toArray()
      assert.deepEqual(
        events.map((event) => event.data),
        [{ words: ["old"] }, { words: ["new"] }],
      )
      assert.deepEqual(
        events.map((event) => event.schemaVersion),
        [2, 2],
      )
      const stored = await undecoded(store.readAll())
      assert.deepEqual(
        stored.map((event) => [event.schemaVersion, event.payload.body]),
        [
          [1, '{"text":"old"}'],
          [2, '{"words":["new"]}'],
        ],
      )
    })

    it("find old events of a renamed type also in pages that are read already", async () => {
      const renamed = defineEvent("jotted", type<{ text: string }>(), { formerNames: ["noted"] })
      await using subject = await create({ events: defineEvents([renamed, drawing]) })
      const { store } = subject
      await store.append(notebook("a"), [renamed({ text: "new" }), drawing({ lines: 1 })])
      const [jotted, drawn] = await undecoded(store.readAll())
      assert.ok(jotted !== undefined && drawn !== undefined)
      for (const filter of [{ types: ["jotted"] }, { query: [{ types: ["jotted"] }] }]) {
        const passes = store.filterTest(filter)
        assert.deepEqual(
          [jotted, { ...jotted, type: "noted" }, drawn].map((event) => passes(event)),
          [true, true, false],
        )
      }
    })

    it("make an event that can't be brought up to date follow the reader's policy", async () => {
      await using subject = await create()
      const { store } = subject
      const { eventIds } = await store.append(notebook("a"), [note({ text: "1" }), note({ text: "2" })])
      const next = note.nextVersion(type<{ words: string[] }>(), ({ text }) => {
        if (text === "1") throw new Error("not this one")
        return { words: [text] }
      })
      const events = defineEvents([next])
      await assert.rejects(store.readAll({ events }).toArray(), {
        code: "UPCAST_FAILED",
        eventId: eventIds[0],
      })
      const raw = await store.readAll({ events, unreadable: "raw" }).toArray()
      assert.deepEqual(
        raw.map((event) => event.data as unknown),
        [{ text: "1" }, { words: ["2"] }],
      )
      assert.deepEqual(
        raw.map((event) => event.schemaVersion),
        [1, 2],
      )
    })

    it("keep old events of a renamed type readable under its new name", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [note({ text: "old" })])
      const renamed = defineEvent("jotted", type<{ text: string }>(), { formerNames: ["noted"] })
      await store.append(notebook("a"), [renamed({ text: "new" })])
      const events = defineEvents([renamed])
      const read = await store.readAll({ events }).toArray()
      assert.deepEqual(
        read.map((event) => [event.type, event.data.text]),
        [
          ["jotted", "old"],
          ["jotted", "new"],
        ],
      )
    })

    it("find old events of a renamed type when its new name is asked for", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [note({ text: "old" })])
      const renamed = defineEvent("jotted", type<{ text: string }>(), { formerNames: ["noted"] })
      await store.append(notebook("a"), [renamed({ text: "new" })])
      const events = defineEvents([renamed])
      const read = await store.readAll({ events, types: ["jotted"] }).toArray()
      assert.deepEqual(
        read.map((event) => event.data.text),
        ["old", "new"],
      )
      const queried = await store.readAll({ events, query: [{ types: ["jotted"] }] }).toArray()
      assert.deepEqual(
        queried.map((event) => event.data.text),
        ["old", "new"],
      )
    })
  })
}
