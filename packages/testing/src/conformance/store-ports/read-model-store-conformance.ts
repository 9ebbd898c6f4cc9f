import assert from "node:assert/strict"
import type { JsonValue, ReadModelCondition, ReadModelQuery, ReadModelStore } from "@annals/core"
import { together, turn } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

/** What `ReadModelStore` promises: versioned documents, found by their fields, a page at a time. */
export function readModelStoreConformance({ describe, it }: Runner, create: CreatePorts<"readModels">): void {
  describe("ReadModelStore", () => {
    it("keeps a document, replaces it, and counts its versions", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      assert.equal(await readModels.get("m", "a"), undefined)
      assert.equal(await readModels.save("m", "a", { n: 1 }), 1)
      assert.equal(await readModels.save("m", "a", { n: 2 }), 2)
      assert.deepEqual(await readModels.get("m", "a"), { id: "a", version: 2, value: { n: 2 } })
      assert.equal(await readModels.get("other", "a"), undefined)
    })

    for (const value of [
      "",
      "text",
      0,
      -1.5,
      true,
      false,
      null,
      [],
      [1, [2]],
      {},
      { a: { b: [null, "ä👩‍👩‍👧", "\u0000"] } },
    ]) {
      it(`keeps any JSON value exactly: ${JSON.stringify(value)}`, async () => {
        await using subject = await create()
        await subject.ports.readModels.save("m", "a", value)
        assert.deepEqual((await subject.ports.readModels.get("m", "a"))?.value, value)
      })
    }

    it("refuses what can't be kept exactly, with its path", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const bad of [undefined, Number.NaN, -0, 1n, new Date(0), new Map()]) {
        await assert.rejects(
          readModels.save("m", "a", { list: [bad] } as never),
          (error: Error & { code?: string; path?: string }) => {
            assert.equal(error.code, "INVALID_VALUE")
            assert.match(error.path ?? "", /list.*0/)
            return true
          },
        )
      }
      assert.equal(await readModels.get("m", "a"), undefined)
    })

    it("saves only at the version that is expected", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      assert.equal(await readModels.save("m", "a", 1, { expectedVersion: 1 }), "conflict")
      assert.equal(await readModels.save("m", "a", 1, { expectedVersion: 0 }), 1)
      assert.equal(await readModels.save("m", "a", 2, { expectedVersion: 0 }), "conflict")
      assert.equal(await readModels.save("m", "a", 2, { expectedVersion: 1 }), 2)
      assert.equal(await readModels.save("m", "a", 3, { expectedVersion: 1 }), "conflict")
      assert.deepEqual(await readModels.get("m", "a"), { id: "a", version: 2, value: 2 })
    })

    it("saves many at once, each only at the version that is expected", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      await readModels.save("m", "there", 1)
      await readModels.save("m", "other", 1)
      assert.deepEqual(
        await readModels.saveMany("m", [
          { id: "there", value: { n: 2 }, expectedVersion: 1 },
          { id: "new", value: [], expectedVersion: 0 },
          { id: "other", value: 2, expectedVersion: 0 },
          { id: "nowhere", value: 2, expectedVersion: 1 },
        ]),
        [2, 1, "conflict", "conflict"],
      )
      assert.deepEqual(await readModels.get("m", "there"), { id: "there", version: 2, value: { n: 2 } })
      assert.deepEqual(await readModels.get("m", "new"), { id: "new", version: 1, value: [] })
      assert.deepEqual(await readModels.get("m", "other"), { id: "other", version: 1, value: 1 })
      assert.equal(await readModels.get("m", "nowhere"), undefined)
      assert.deepEqual(await readModels.saveMany("m", []), [])
    })

    it("refuses to save one id twice at once, and what can't be kept exactly, and then saves nothing", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      const good = { id: "a", value: 1, expectedVersion: 0 }
      await assert.rejects(readModels.saveMany("m", [good, good]), {
        code: "INVALID_OPTION",
        path: "documents[1].id",
      })
      await assert.rejects(readModels.saveMany("m", [good, { ...good, id: "b", value: Number.NaN }]), {
        code: "INVALID_VALUE",
      })
      assert.equal(await readModels.get("m", "a"), undefined)
    })

    it("loses no update of those who save many at once and retry", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      const ids = ["a", "b", "c"]
      await together(6, async (index) => {
        const left = new Set(index % 2 === 0 ? ids : ids.toReversed())
        while (left.size > 0) {
          const rows = new Map((await readModels.getMany("m", [...left])).map((row) => [row.id, row]))
          const documents = [...left].map((id) => ({
            id,
            value: ((rows.get(id)?.value as number | undefined) ?? 0) + 1,
            expectedVersion: rows.get(id)?.version ?? 0,
          }))
          const outcomes = await readModels.saveMany("m", documents)
          for (const [at, outcome] of outcomes.entries()) {
            if (outcome !== "conflict") left.delete((documents[at] as { readonly id: string }).id)
          }
        }
      })
      for (const id of ids) assert.deepEqual(await readModels.get("m", id), { id, version: 6, value: 6 })
    })

    it("loses no update of those who retry at the version that they read", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      await together(8, () => increment(readModels))
      assert.deepEqual(await readModels.get("m", "counter"), { id: "counter", version: 8, value: 8 })
    })

    it("gets many at once, and leaves out those that aren't there", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const id of ["a", "b", "c"]) await readModels.save("m", id, id)
      const rows = await readModels.getMany("m", ["c", "a", "nowhere", "a"])
      assert.deepEqual(rows.map(({ id }) => id).toSorted(), ["a", "c"])
      assert.deepEqual(await readModels.getMany("m", []), [])
    })

    it("deletes, and says whether there was one", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      await readModels.save("m", "a", 1)
      assert.equal(await readModels.delete("m", "a"), true)
      assert.equal(await readModels.delete("m", "a"), false)
      assert.equal(await readModels.get("m", "a"), undefined)
      assert.equal(await readModels.save("m", "a", 2, { expectedVersion: 0 }), 1)
    })

    it("clears a model, and no other", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const id of ["a", "b"]) await readModels.save("m", id, 1)
      await readModels.save("other", "a", 1)
      assert.equal(await readModels.clear("m"), 2)
      assert.equal(await readModels.clear("m"), 0)
      assert.deepEqual(await ids(readModels, {}), [])
      assert.ok(await readModels.get("other", "a"))
    })

    it("puts one model in the place of another", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      await readModels.save("live", "gone", 1)
      await readModels.save("live", "a", "old")
      await readModels.save("rebuilt", "a", "new")
      await readModels.save("rebuilt", "b", "new")
      await readModels.replace("rebuilt", "live")
      assert.deepEqual(
        (await readModels.find("live")).rows.map(({ id, value }) => [id, value]),
        [
          ["a", "new"],
          ["b", "new"],
        ],
      )
      assert.deepEqual((await readModels.find("rebuilt")).rows, [])
    })

    for (const [name, where, expected] of conditions) {
      it(`finds ${name}`, async () => {
        await using subject = await create()
        const { readModels } = subject.ports
        await saveDocuments(readModels)
        assert.deepEqual((await ids(readModels, { where })).toSorted(), expected.toSorted())
        const others = Object.keys(documents).filter((id) => !expected.includes(id))
        assert.deepEqual((await ids(readModels, { where: { not: where } })).toSorted(), others.toSorted())
      })
    }

    it("orders by id where nothing else is asked", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const id of ["b", "B", "a", "10", "9", "ä", "😀", "\uff61"]) await readModels.save("m", id, 1)
      assert.deepEqual(await ids(readModels, {}), ["10", "9", "B", "a", "b", "ä", "\uff61", "😀"])
    })

    for (const direction of ["ascending", "descending"] as const) {
      it(`orders values of all kinds, ${direction}, and equal ones by id`, async () => {
        await using subject = await create()
        const { readModels } = subject.ports
        const ordered: [string, JsonValue][] = [
          ["1 missing", {}],
          ["2 null", { v: null }],
          ["3 false", { v: false }],
          ["4 true", { v: true }],
          ["5 negative", { v: -3 }],
          ["6 nine", { v: 9 }],
          ["7 ten", { v: 10 }],
          ["8 empty", { v: "" }],
          ["9 upper", { v: "Z" }],
          ["a lower", { v: "a" }],
          ["b halfwidth", { v: "\uff61" }],
          ["c emoji", { v: "😀" }],
        ]
        for (const [id, value] of ordered.toReversed()) await readModels.save("m", id, value)
        const found = await ids(readModels, { orderBy: [{ field: "v", direction }] })
        const expected = ordered.map(([id]) => id)
        const [missing, ...rest] = [expected.slice(0, 2), ...expected.slice(2)]
        const backward = [...(rest as string[]).toReversed(), ...(missing as string[])]
        assert.deepEqual(found, direction === "ascending" ? expected : backward)
      })
    }

    it("orders by several fields, each in its direction", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const [index, [a, b]] of [
        [1, 1],
        [2, 1],
        [1, 2],
        [2, 2],
      ].entries())
        await readModels.save("m", `${index}`, { a, b } as JsonValue)
      const orderBy = [{ field: "a", direction: "descending" as const }, { field: "b" }]
      assert.deepEqual(await ids(readModels, { orderBy }), ["1", "3", "0", "2"])
    })

    for (const limit of [1, 2, 5]) {
      it(`gives every row once, in pages of ${limit}, in any order`, async () => {
        await using subject = await create()
        const { readModels } = subject.ports
        await saveDocuments(readModels)
        for (const query of pageable) {
          const whole = await ids(readModels, query)
          const paged: string[] = []
          let after: string | undefined
          do {
            const page = await readModels.find("m", {
              ...query,
              limit,
              ...(after !== undefined && { after }),
            })
            assert.ok(page.rows.length <= limit)
            paged.push(...page.rows.map(({ id }) => id))
            after = page.next
          } while (after !== undefined)
          assert.deepEqual(paged, whole, JSON.stringify(query))
        }
      })
    }

    it("keeps its place between pages when rows before it come and go", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const id of ["b", "c", "d", "e"]) await readModels.save("m", id, 1)
      const first = await readModels.find("m", { limit: 2 })
      await readModels.delete("m", "b")
      await readModels.save("m", "a", 1)
      const second = await readModels.find("m", { limit: 2, after: first.next as string })
      assert.deepEqual(
        second.rows.map(({ id }) => id),
        ["d", "e"],
      )
    })

    it("gives at most a hundred rows unless told otherwise", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (let index = 0; index < 105; index++) await readModels.save("m", `${index}`, index)
      const page = await readModels.find("m")
      assert.equal(page.rows.length, 100)
      assert.equal((await readModels.find("m", { after: page.next as string })).rows.length, 5)
    })

    it("refuses a query that it doesn't understand", async () => {
      await using subject = await create()
      const { readModels } = subject.ports
      for (const query of [
        { limit: 0 },
        { where: { field: "", is: "=", value: 1 } },
        { where: { field: "a..b", is: "=", value: 1 } },
        { where: { field: "a", is: "~", value: 1 } },
        { where: { field: "a", is: "in", value: [] } },
        { where: { and: [] } },
        { orderBy: [{ field: "a", direction: "sideways" }] },
      ]) {
        await assert.rejects(
          readModels.find("m", query as ReadModelQuery),
          (error: Error & { code?: string }) => {
            assert.match(error.code ?? "", /^INVALID_/, JSON.stringify(query))
            return true
          },
        )
      }
    })
  })
}

const documents: Readonly<Record<string, JsonValue>> = {
  alice: { age: 30, owner: { name: "Alice", vip: true }, tags: ["x"], zip: "0123" },
  bob: { age: 4, owner: { name: "bob", vip: false }, zip: 123 },
  carol: { age: 30.5, owner: { name: "Carol" }, "odd key": 1 },
  dave: { age: null, owner: null },
  eve: { age: "30", owner: "nobody" },
  frank: [{ age: 30 }],
  grace: "text",
}

const conditions: readonly (readonly [name: string, where: ReadModelCondition, ids: readonly string[]])[] = [
  ["an equal number", { field: "age", is: "=", value: 30 }, ["alice"]],
  ["an equal text, which is no number", { field: "age", is: "=", value: "30" }, ["eve"]],
  ["text with a leading zero", { field: "zip", is: "=", value: "0123" }, ["alice"]],
  ["what is less", { field: "age", is: "<", value: 30 }, ["bob"]],
  ["what is less or equal", { field: "age", is: "<=", value: 30 }, ["alice", "bob"]],
  ["what is greater", { field: "age", is: ">", value: 4 }, ["alice", "carol"]],
  ["what is greater or equal", { field: "age", is: ">=", value: 30 }, ["alice", "carol"]],
  ["text that is greater", { field: "owner.name", is: ">", value: "Alice" }, ["bob", "carol"]],
  ["true", { field: "owner.vip", is: "=", value: true }, ["alice"]],
  ["false", { field: "owner.vip", is: "=", value: false }, ["bob"]],
  ["one of several", { field: "age", is: "in", value: [4, "30", true] }, ["bob", "eve"]],
  ["what is missing or null", { field: "age", is: "is-missing" }, ["dave", "frank", "grace"]],
  [
    "a path through what is no object",
    { field: "owner.name", is: "is-missing" },
    ["dave", "eve", "frank", "grace"],
  ],
  ["a key with a space", { field: "odd key", is: "=", value: 1 }, ["carol"]],
  [
    "what fits all",
    {
      and: [
        { field: "age", is: ">", value: 1 },
        { field: "owner.vip", is: "=", value: false },
      ],
    },
    ["bob"],
  ],
  [
    "what fits any",
    {
      or: [
        { field: "age", is: "=", value: 4 },
        { field: "zip", is: "=", value: "0123" },
      ],
    },
    ["alice", "bob"],
  ],
  ["what doesn't fit", { not: { field: "age", is: "is-missing" } }, ["alice", "bob", "carol", "eve"]],
  ["no field by a text with quotes", { field: "it's", is: "=", value: `"'; drop table` }, []],
]

const pageable: readonly ReadModelQuery[] = [
  {},
  { orderBy: [{ field: "age" }] },
  { orderBy: [{ field: "age", direction: "descending" }] },
  { orderBy: [{ field: "owner.vip" }, { field: "age", direction: "descending" }] },
  { where: { field: "age", is: ">", value: 0 }, orderBy: [{ field: "owner.name" }] },
]

async function saveDocuments(readModels: ReadModelStore): Promise<void> {
  for (const [id, value] of Object.entries(documents)) await readModels.save("m", id, value)
}

async function ids(readModels: ReadModelStore, query: ReadModelQuery): Promise<string[]> {
  return (await readModels.find("m", query)).rows.map(({ id }) => id)
}

async function increment(readModels: ReadModelStore): Promise<void> {
  for (; ; await turn()) {
    const row = await readModels.get("m", "counter")
    const next = ((row?.value as number | undefined) ?? 0) + 1
    if ((await readModels.save("m", "counter", next, { expectedVersion: row?.version ?? 0 })) !== "conflict")
      return
  }
}
