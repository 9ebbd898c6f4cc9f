import assert from "node:assert/strict"
import type { EventStore } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { collected, everything, notebook, noted, notes, textOf, textsOf } from "./sample-events.ts"

/** Trap 15: a name is kept exactly and told from every other, or refused. */
export function names<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("names", () => {
    for (const name of odd) {
      it(`are kept exactly wherever one stands: ${printable(name)}`, async () => {
        await using subject = await create()
        const { store } = subject
        const stream = { category: name, id: name }
        await store.append(
          stream,
          [{ type: name, data: { text: "x" }, tags: [name], metadata: { correlationId: name } }],
          {
            expected: "no-stream",
          },
        )
        await store.append(notebook("other"), notes(2))
        const [event] = await store.readStream(stream).toArray()
        assert.deepEqual([event?.stream, event?.type, event?.tags], [stream, name, [name]])
        assert.equal(event?.metadata.correlationId, name)
        assert.equal(await store.streamVersion(stream), 1)
        for (const filter of [
          { types: [name] },
          { categories: [name] },
          { tags: [name] },
          { correlationId: name },
        ]) {
          assert.deepEqual(
            await store.readAll(filter).toArray(),
            [event],
            JSON.stringify(filter).slice(0, 80),
          )
        }
        const listed = await collected(store.listStreams({ category: name }))
        assert.deepEqual(listed, [{ stream: { tenant: "", ...stream }, version: 1 }])
        const condition = { query: [{ types: [name], tags: [name] }] }
        await assert.rejects(store.append(stream, notes(1), { condition }), { code: "CONDITION_FAILED" })
      })
    }

    it("that look alike are different streams", async () => {
      await using subject = await create()
      const { store } = subject
      for (const [index, stream] of alike.entries()) {
        await store.append(stream, [noted(`${index}`)], { expected: "no-stream" })
      }
      for (const [index, stream] of alike.entries())
        assert.deepEqual(await textsOf(store, stream), [`${index}`])
      assert.equal((await collected(store.listStreams())).length, alike.length)
    })

    it("that look alike are different tags and types", async () => {
      await using subject = await create()
      const { store } = subject
      const distinct = [...new Set(alike.map(({ id }) => id))]
      await store.append(
        notebook("a"),
        distinct.map((name) => ({ type: name, data: { text: name }, tags: [name] })),
      )
      for (const name of distinct) {
        assert.deepEqual((await store.readAll({ tags: [name] }).toArray()).map(textOf), [name])
        assert.deepEqual((await store.readAll({ types: [name] }).toArray()).map(textOf), [name])
      }
    })

    it("are listed in an order of their own, whatever the language of the machine", async () => {
      await using subject = await create()
      const { store } = subject
      const ids = ["b", "B", "a", "Z", "ä", "é", "10", "9", "_", "-", "z", "я", "e\u0301", "😀", "\uff61"]
      for (const id of ids) await store.append(notebook(id), notes(1))
      const listed = (await collected(store.listStreams())).map(({ stream }) => stream.id)
      assert.deepEqual(listed, ids.toSorted(byCodePoint))
    })

    for (const [why, name] of refused) {
      it(`are refused when they are ${why}`, async () => {
        await using subject = await create()
        const { store } = subject
        const bad = name as string
        const attempts: (() => Promise<unknown>)[] = [
          () => store.append(notebook(bad), notes(1)),
          () => store.append({ category: bad, id: "a" }, notes(1)),
          () => store.append(notebook("a"), [{ type: bad, data: {} }]),
          () => store.append(notebook("a"), [{ type: "noted", data: {}, tags: [bad] }]),
          () => store.streamVersion(notebook(bad)),
          async () => store.readStream(notebook(bad)).toArray(),
        ]
        for (const attempt of attempts) {
          await assert.rejects(attempt(), (error: Error & { code?: string; path?: string }) => {
            assert.equal(error.code, "INVALID_NAME", `${error}`)
            assert.ok(error.path, "the error has a path")
            return true
          })
        }
        assert.deepEqual(await everything(store), [])
      })
    }

    for (const tenant of [...odd, "Tenant"]) {
      it(`may be those of tenants: ${printable(tenant)}`, async () => {
        await using subject = await create()
        const store: EventStore<Tx> = subject.store.forTenant(tenant)
        await store.append(notebook("a"), notes(1))
        await subject.store.append(notebook("a"), notes(2))
        assert.equal((await everything(store))[0]?.tenant, tenant)
        assert.equal((await everything(store)).length, 1)
        assert.deepEqual(await subject.store.listTenants(), ["", tenant])
      })
    }
  })
}

export const odd: readonly string[] = [
  `it's "quoted" and \`ticked\``,
  "'; drop table events; --",
  "a/b:c|d\\e",
  "a:b",
  "100%_sure*?[x]",
  "$1 ? :name @p",
  " leading and trailing ",
  "null",
  "__proto__",
  "constructor",
  "Ünïcödé Привет 你好 שלום",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "\u200b\u202e",
  "x".repeat(1000),
  "😀".repeat(500),
]

/** Pairs of names that separators, patterns, case, normal forms, trimming or lengths could take for one. */
const alike = [
  { category: "a", id: "b/c" },
  { category: "a/b", id: "c" },
  { category: "a:b", id: "c" },
  { category: "a", id: "b:c" },
  { category: "ab", id: "c" },
  { category: "a", id: "bc" },
  { category: "A", id: "bc" },
  { category: "a", id: "BC" },
  { category: "a", id: "bc " },
  { category: "a", id: " bc" },
  { category: "a", id: "b_c" },
  { category: "a", id: "bXc" },
  { category: "a", id: "b%" },
  { category: "a", id: "b*" },
  { category: "a", id: "\u00e9" },
  { category: "a", id: "e\u0301" },
  { category: "a", id: "1" },
  { category: "a", id: "01" },
  { category: "a", id: "1.0" },
  { category: "a", id: `${"x".repeat(999)}y` },
  { category: "a", id: `${"x".repeat(999)}z` },
  { category: "a", id: "ß" },
  { category: "a", id: "ss" },
  { category: "a", id: "ı" },
  { category: "a", id: "i" },
]

const refused: readonly (readonly [why: string, name: unknown])[] = [
  ["empty", ""],
  ["longer than 1,000 characters", "x".repeat(1001)],
  ["with NUL", "a\u0000b"],
  ["with a line end", "a\nb"],
  ["half of a surrogate pair", "a\ud800"],
  ["no text", 7],
  ["null", null],
  ["an object", { toString: () => "a" }],
]

function printable(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 8)}… (${name.length})` : name)
}

/** As UTF-8 sorts, and every database's binary order; JavaScript's own `<` sorts by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
