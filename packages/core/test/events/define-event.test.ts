import { type as arktype } from "arktype"
import * as v from "valibot"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { defineEvent, defineEvents, discarded, type } from "../../src/index.ts"

const opened = defineEvent("opened", z.object({ owner: z.string().min(1), limit: z.int().default(0) }))

describe("an event type", () => {
  it("makes events whose data its schema has completed", () => {
    const event = opened({ owner: "Alice" })
    expect(event.type).toBe("opened")
    expect(event.data).toEqual({ owner: "Alice", limit: 0 })
  })

  it.each([
    ["zod", defineEvent("paid", z.object({ items: z.array(z.object({ cents: z.int() })) }))],
    ["valibot", defineEvent("paid", v.object({ items: v.array(v.object({ cents: v.number() })) }))],
    ["arktype", defineEvent("paid", arktype({ items: [{ cents: "number" }] as never }) as never)],
  ])("refuses data that its %s schema refuses, with the path of the bad value", (_library, paid) => {
    const make = paid as unknown as (data: unknown) => unknown
    expect(() => make({ items: [{ cents: "5" }] })).toThrow(
      expect.objectContaining({ code: "INVALID_EVENT", path: "data.items[0].cents" }),
    )
  })

  it("refuses data that can't be stored exactly, also without a schema", () => {
    const noted = defineEvent("noted", type<{ at: unknown }>())
    expect(() => noted({ at: new Date(0) })).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE", path: "data.at" }),
    )
  })

  it("refuses a schema that answers later", () => {
    const slow = defineEvent(
      "slow",
      z.string().refine(async () => true),
    )
    expect(() => slow("x")).toThrow(expect.objectContaining({ code: "INVALID_EVENT" }))
  })

  it("freezes the event and a copy of its data", () => {
    const noted = defineEvent("noted", type<{ tags: string[] }>())
    const tags = ["a"]
    const event = noted({ tags })
    tags.push("b")
    expect(event.data.tags).toEqual(["a"])
    expect(() => Object.assign(event, { type: "other" })).toThrow(TypeError)
    expect(() => event.data.tags.push("c")).toThrow(TypeError)
  })

  it("freezes copies of its tags and metadata", () => {
    const given = { tags: ["a"], metadata: { own: { list: [1] } } }
    const event = defineEvent("noted", type<{ text: string }>())({ text: "x" }, given)
    given.tags.push("b")
    given.metadata.own.list.push(2)
    expect(event).toMatchObject({ tags: ["a"], metadata: { own: { list: [1] } } })
    expect([event.tags, event.metadata, event.metadata?.own].every(Object.isFrozen)).toBe(true)
  })

  it("copies raw bytes", () => {
    const scanned = defineEvent("scanned", type<Uint8Array>())
    const bytes = new Uint8Array([1, 2])
    const event = scanned(bytes)
    bytes[0] = 9
    expect([...event.data]).toEqual([1, 2])
  })

  it("carries id, metadata, tags and time", () => {
    const options = {
      id: "018f0000-0000-7000-8000-000000000001",
      metadata: { actor: "me" },
      tags: ["t"],
      occurredAt: 5,
    }
    expect(opened({ owner: "Alice" }, options)).toMatchObject(options)
  })

  it("tells its events from others", () => {
    expect(opened.is({ type: "opened" })).toBe(true)
    expect(opened.is({ type: "closed" })).toBe(false)
  })

  it("counts the versions of its schema", () => {
    const next = opened.nextVersion(z.object({ name: z.string() }), ({ owner }) => ({ name: owner }))
    expect([opened.version, next.version]).toEqual([1, 2])
    expect(next({ name: "Alice" }).data).toEqual({ name: "Alice" })
  })

  it("wants to know about tags in its next version, where it derives them now", () => {
    const tagged = defineEvent("tagged", type<{ a: string }>(), { tags: ({ a }) => [a] })
    const same = type<{ a: string }>()
    expect(() => tagged.nextVersion(same, (data) => data)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    )
    expect(tagged.nextVersion(same, (data) => data, { tags: "none" }).version).toBe(2)
  })

  it.each(["", "a\0b", "\ud800", "x".repeat(1001)])("refuses the name %j", (name) => {
    expect(() => defineEvent(name, type<string>())).toThrow(expect.objectContaining({ code: "INVALID_NAME" }))
  })

  it("refuses what is no schema", () => {
    expect(() => defineEvent("x", {} as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }))
  })
})

describe("a set of event types", () => {
  const closed = defineEvent("closed", type<{ reason: string }>(), { formerNames: ["shut"] })

  it("lists its types and resolves them by name and former name", () => {
    const events = defineEvents([opened, closed])
    expect(events.names).toEqual(["opened", "closed"])
    expect(events.resolve("shut")?.name).toBe("closed")
    expect(events.resolve("constructor")).toBeUndefined()
  })

  it("refuses two types of one name, also of a former one", () => {
    const duplicate = expect.objectContaining({ code: "DUPLICATE_EVENT_TYPE" })
    expect(() => defineEvents([opened, defineEvent("opened", type<1>())])).toThrow(duplicate)
    expect(() => defineEvents([closed, defineEvent("shut", type<1>())])).toThrow(duplicate)
  })

  it("refuses a type under the name of one that every set knows", () => {
    expect(() => defineEvents([defineEvent("$discarded", type<{ mine: true }>())])).toThrow(
      expect.objectContaining({ code: "DUPLICATE_EVENT_TYPE" }),
    )
    expect(defineEvents([discarded]).names).toEqual(["$discarded"])
  })

  it("refuses what is no event type", () => {
    expect(() => defineEvents([(() => {}) as never])).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    )
  })
})
