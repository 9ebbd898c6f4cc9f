import assert from "node:assert/strict"
import { defineEvent, type NewEvent, type } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { bytesOf, collected, everything, notebook, noted, textOf, undecoded } from "./sample-events.ts"

/** Trap 13: a value survives exactly, or is refused with the path of what can't. */
export function values<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("values of an event", () => {
    for (const [name, value] of exact) {
      it(`survive exactly: ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        const data = { deep: [{ value }] }
        await store.append(notebook("a"), [{ type: "noted", data, metadata: { own: data } as never }])
        const [event] = await everything(store)
        assertSame(event?.data, data)
        assertSame(event?.metadata, { own: data })
      })
    }

    for (const [name, value] of ["text", "12", "", 0, 12.5, true, false, null, [], [[]], {}].map(asRow)) {
      it(`may be anything at the top: ${name}`, async () => {
        await using subject = await create()
        await subject.store.append(notebook("a"), [{ type: "noted", data: value }])
        assertSame((await everything(subject.store))[0]?.data, value)
      })
    }

    for (const [name, value] of eitherWay) {
      it(`survive exactly or are refused with their path: ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        await survivesOrIsRefused(
          value,
          { type: "noted", data: { deep: [{ value }] } },
          /data.*deep.*0.*value/,
        )
        await survivesOrIsRefused(
          value,
          { type: "noted", data: {}, metadata: { deep: [{ value }] } as never },
          /metadata.*deep.*0.*value/,
        )

        async function survivesOrIsRefused(original: unknown, event: NewEvent, path: RegExp): Promise<void> {
          const before = (await everything(store)).length
          try {
            await store.append(notebook("a"), [noted("before"), event])
          } catch (error) {
            assertRefusal(error, path)
            assert.equal((await everything(store)).length, before, "nothing was recorded")
            return
          }
          const recorded = (await everything(store)).at(-1)
          const there = event.metadata === undefined ? recorded?.data : recorded?.metadata
          assertSame((there as { deep: [{ value: unknown }] }).deep[0].value, original)
        }
      })
    }

    for (const key of [
      "__proto__",
      "constructor",
      "toString",
      "",
      " ",
      "a.b",
      "0",
      "ключ",
      "\u0000",
      '"',
      "$type",
    ]) {
      it(`keep the key ${JSON.stringify(key)} at every level`, async () => {
        await using subject = await create()
        const { store } = subject
        const withKey = (value: unknown) =>
          Object.defineProperty({}, key, { value, enumerable: true, configurable: true, writable: true })
        const data = withKey({ inner: withKey([withKey("leaf")]) })
        await store.append(notebook("a"), [{ type: "noted", data, metadata: withKey(data) as never }])
        const [event] = await everything(store)
        assertSame(event?.data, data)
        assertSame(event?.metadata, withKey(data))
        assert.equal(({} as { inner?: unknown }).inner, undefined, "no prototype was changed")
      })
    }

    it("keep the order of keys", async () => {
      await using subject = await create()
      const data = { zebra: 1, apple: { y: 1, x: 2, 9: "nine", 10: "ten" }, Mango: 2 }
      await subject.store.append(notebook("a"), [{ type: "noted", data }])
      assert.equal(JSON.stringify((await everything(subject.store))[0]?.data), JSON.stringify(data))
    })

    it("are refused when they contain themselves", async () => {
      await using subject = await create()
      const data: Record<string, unknown> = {}
      data.self = { again: data }
      await assert.rejects(subject.store.append(notebook("a"), [{ type: "noted", data }]), {
        code: "INVALID_VALUE",
      })
      assert.deepEqual(await everything(subject.store), [])
    })

    it("are refused when they are nested ten thousand levels deep, or survive", async () => {
      await using subject = await create()
      let data: unknown = "bottom"
      for (let level = 0; level < 10_000; level++) data = [data]
      try {
        await subject.store.append(notebook("a"), [{ type: "noted", data }])
      } catch (error) {
        return assertRefusal(error, /data/)
      }
      let read = (await everything(subject.store))[0]?.data
      for (let level = 0; level < 10_000; level++) read = (read as unknown[])[0]
      assert.equal(read, "bottom")
    })

    it("are a copy: changing them afterwards changes nothing that is recorded", async () => {
      await using subject = await create()
      const { store } = subject
      const data = { list: [1], bytes: "x" }
      const tags = ["a"]
      const metadata = { own: { list: [1] } }
      const appending = store.append(notebook("a"), [{ type: "noted", data, tags, metadata }])
      data.list.push(2)
      tags.push("b")
      metadata.own.list.push(2)
      await appending
      data.list.push(3)
      const [event] = await everything(store)
      assert.deepEqual(event?.data, { list: [1], bytes: "x" })
      assert.deepEqual(event?.tags, ["a"])
      assert.deepEqual(event?.metadata, { own: { list: [1] } })
    })

    it("belong to their reader: changing what was read changes nothing that is recorded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [
        { type: "noted", data: { list: [1] }, metadata: { own: [1] }, tags: ["a"] },
      ])
      const [event] = await everything(store)
      assert.ok(event)
      for (const change of [
        () => (event.data as { list: number[] }).list.push(2),
        () => (event.metadata.own as number[]).push(2),
        () => (event.tags as string[]).push("b"),
      ]) {
        try {
          change()
        } catch {
          // Frozen is fine, too.
        }
      }
      const [again] = await everything(store)
      assert.deepEqual([again?.data, again?.metadata, again?.tags], [{ list: [1] }, { own: [1] }, ["a"]])
    })
  })

  describe("raw bytes as data", () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const [name, bytes] of [
      ["none", new Uint8Array(0)],
      ["every byte", all],
      ["a part of a larger buffer", all.subarray(100, 110)],
      ["a Buffer", Buffer.from("text in a Buffer")],
      ["what looks like JSON", new TextEncoder().encode('{"a":1}')],
    ] as const) {
      it(`survive exactly: ${name}`, async () => {
        await using subject = await create()
        await subject.store.append(notebook("a"), [{ type: "scanned", data: bytes }])
        const [event] = await everything(subject.store)
        assert.ok(event?.data instanceof Uint8Array)
        assert.deepEqual([...event.data], [...bytes])
      })
    }

    it("are a copy, on the way in and on the way out", async () => {
      await using subject = await create()
      const { store } = subject
      const bytes = Uint8Array.of(1, 2, 3)
      const appending = store.append(notebook("a"), [{ type: "scanned", data: bytes }])
      bytes[0] = 9
      await appending
      bytes[1] = 9
      const [event] = await everything(store)
      assert.deepEqual([...bytesOf(event)], [1, 2, 3])
      bytesOf(event)[2] = 9
      assert.deepEqual([...bytesOf((await everything(store))[0])], [1, 2, 3])
    })

    it("are a copy also in an event that its type made", async () => {
      await using subject = await create()
      const { store } = subject
      const event = defineEvent("scanned", type<Uint8Array>())(Uint8Array.of(1, 2, 3))
      const appending = store.append(notebook("a"), [event])
      event.data[0] = 9
      await appending
      assert.deepEqual([...bytesOf((await everything(store))[0])], [1, 2, 3])
    })
  })

  describe("what a store hands out undecoded", () => {
    it("belongs to its reader: changing it changes nothing that is recorded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("x")])
      const [stored] = await undecoded(store.readStream(notebook("a")))
      const [listed] = await collected(store.listStreams())
      overwrite(stored, "type")
      overwrite(stored?.payload, "body")
      overwrite(stored?.stream, "id")
      overwrite(listed?.stream, "id")
      assert.deepEqual((await everything(store)).map(textOf), ["x"])
      assert.deepEqual((await everything(store))[0]?.stream, notebook("a"))
      assert.deepEqual((await collected(store.listStreams()))[0]?.stream, { tenant: "", ...notebook("a") })
      assert.equal((await everything(store))[0]?.type, "noted")
    })
  })

  describe("an event that is none", () => {
    for (const [name, event] of [
      ["null", null],
      ["text", "noted"],
      ["without data", { type: "noted" }],
      ["without a type", { data: {} }],
      ["with an empty type", { type: "", data: {} }],
      ["with a type that is no text", { type: 7, data: {} }],
      ["with tags that are no list", { type: "noted", data: {}, tags: "red" }],
      ["with an empty tag", { type: "noted", data: {}, tags: [""] }],
      ["with metadata that is no object", { type: "noted", data: {}, metadata: [1] }],
    ] as const) {
      it(`is refused: ${name}`, async () => {
        await using subject = await create()
        const append = subject.store.append(notebook("a"), [noted("good"), event as unknown as NewEvent])
        await assert.rejects(append, (error: Error & { code?: string; path?: string }) => {
          assert.match(error.code ?? `${error}`, /^INVALID_/)
          assert.match(error.path ?? "", /1/, "the path says which event")
          return true
        })
        assert.deepEqual(await everything(subject.store), [])
      })
    }

    it("is refused when it is longer than the store was told to accept", async () => {
      await using subject = await create({ maxEventSize: 1000 })
      const { store } = subject
      await store.append(notebook("a"), [noted("x".repeat(900))])
      await assert.rejects(store.append(notebook("a"), [noted("x".repeat(1000))]), {
        code: "EVENT_TOO_LARGE",
      })
      assert.equal(await store.streamVersion(notebook("a")), 1)
    })
  })
}

const exact: readonly (readonly [name: string, value: unknown])[] = [
  ["empty text", ""],
  ["emoji, with joiners", "👩‍👩‍👧‍👦 🇨🇭 ❤️"],
  ["other alphabets", "Ünïcödé Привет 你好 שלום مرحبا"],
  ["line ends and tabs", "a\nb\r\nc\td\u2028e\u2029"],
  ["quotes, backslashes and SQL", `'"\\''; drop table events; --`],
  ["text that looks like a number", "0123"],
  ["text that looks like a large number", "12345678901234567890"],
  ["text that looks like a time", "2024-02-29T12:00:00.000Z"],
  ["text that looks like a date", "2024-02-29"],
  ["text that looks like JSON", '{"a":[1,2]}'],
  ["text that looks like null", "null"],
  ["composed and decomposed letters", ["\u00e9", "e\u0301"]],
  ["spaces at both ends", "  a  "],
  ["a megabyte of text", "ä€😀x".repeat(100_000)],
  ["true and false", [true, false]],
  ["null", null],
  ["zero", 0],
  ["the largest safe integer", Number.MAX_SAFE_INTEGER],
  ["the least safe integer", Number.MIN_SAFE_INTEGER],
  ["fractions", [0.1, 1 / 3, 1e-7, 123456.789]],
  ["the largest and the smallest number", [Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON]],
  ["numbers beyond 2^53", [2 ** 53, 2 ** 53 + 2, 2 ** 64, 1e21]],
  ["an empty list", []],
  ["an empty object", {}],
  ["lists in lists", [[], [[]], [[[1]]]]],
  ["a hundred levels", nested(100)],
  ["ten thousand items", Array.from({ length: 10_000 }, (_, index) => index)],
  [
    "a thousand keys",
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key ${index}`, index])),
  ],
]

/** What JSON can't carry, or only with care. */
const eitherWay: readonly (readonly [name: string, value: unknown])[] = [
  ["NUL in text", "a\u0000b"],
  ["control characters", "\u0001\u0007\u001b\u007f"],
  ["a lone high surrogate", "a\ud800b"],
  ["a lone low surrogate", "a\udc00b"],
  ["a byte order mark", "\ufeffa"],
  ["a noncharacter", "\uffff\ufffe"],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["undefined", undefined],
  ["undefined in a list", [1, undefined, 3]],
  ["a hole in a list", sparse()],
  ["a list with a key of its own", Object.assign([1, 2], { own: 3 })],
  ["bigint", 12n],
  ["Date", new Date(0)],
  ["an invalid Date", new Date(Number.NaN)],
  ["Map", new Map([["a", 1]])],
  ["Set", new Set([1])],
  ["RegExp", /a/g],
  ["Error", new Error("text")],
  ["a typed array inside of JSON", Uint8Array.of(1, 2)],
  ["Buffer inside of JSON", Buffer.from("x")],
  ["a boxed number", Object(7)],
  ["a boxed text", Object("x")],
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["a symbol key", { [Symbol("s")]: 1 }],
  [
    "a class instance",
    new (class Money {
      cents = 5
    })(),
  ],
  ["an object with toJSON", { toJSON: () => "replaced" }],
  ["a Promise", Promise.resolve(1)],
  ["a Proxy of nothing special", new Proxy({ a: 1 }, {})],
]

function asRow(value: unknown): readonly [string, unknown] {
  return [JSON.stringify(value), value]
}

function nested(levels: number): unknown {
  return levels === 0 ? "bottom" : { down: [nested(levels - 1)] }
}

function sparse(): unknown[] {
  const list: unknown[] = [1]
  list[2] = 3
  return list
}

function assertSame(actual: unknown, expected: unknown): void {
  assert.deepStrictEqual(actual, expected)
  // deepStrictEqual tells -0 from 0, but neither the order of keys nor own keys named `__proto__`.
  assert.deepStrictEqual(ownKeys(actual), ownKeys(expected))
}

function ownKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value
  return Reflect.ownKeys(value).map((key) => [String(key), ownKeys(Reflect.get(value, key))])
}

function assertRefusal(error: unknown, path: RegExp): void {
  const { code, path: where } = error as { code?: string; path?: string }
  assert.ok(code === "INVALID_VALUE" || code === "INVALID_EVENT", `${error}`)
  assert.match(where ?? "", path)
}

/** As somebody would who doesn't heed that it is immutable by its type; a store may have frozen it. */
function overwrite(object: object | undefined, key: string): void {
  assert.ok(object !== undefined)
  Reflect.set(object, key, "overwritten")
}
