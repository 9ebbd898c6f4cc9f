import { createMemoryStore, type JsonValue, type ReadModelCondition, type ReadModelQuery } from "@annals/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

const values: Record<string, JsonValue> = {
  array: { v: [1] },
  empty: {},
  false: { v: false },
  null: { v: null },
  object: { v: { w: 3 } },
  one: { v: 1 },
  scalar: 7,
  smile: { v: "\u{1F600}" },
  ten: { v: 10 },
  text: { v: "10" },
  true: { v: true },
  wide: { v: "\uFFFD" },
}

async function find(query: ReadModelQuery): Promise<string[]> {
  await using store = createMemoryStore()
  for (const [id, value] of Object.entries(values)) await store.readModels.save("m", id, value)
  return (await store.readModels.find("m", query)).rows.map(({ id }) => id)
}

const where = (condition: ReadModelCondition) => find({ where: condition })

describe("a query of read models", () => {
  it("orders missing values first, then booleans, numbers, strings by code point, and the rest by id", async () => {
    const ascending = [
      "empty",
      "null",
      "scalar",
      "false",
      "true",
      "one",
      "ten",
      "text",
      "wide",
      "smile",
      "array",
      "object",
    ]
    expect(await find({ orderBy: [{ field: "v" }] })).toEqual(ascending)
    expect(await find({ orderBy: [{ field: "v", direction: "descending" }] })).toEqual([
      "array",
      "object",
      "smile",
      "wide",
      "text",
      "ten",
      "one",
      "true",
      "false",
      "empty",
      "null",
      "scalar",
    ])
  })

  it("compares only values of the type that it is given", async () => {
    expect(await where({ field: "v", is: "=", value: 10 })).toEqual(["ten"])
    expect(await where({ field: "v", is: "=", value: "10" })).toEqual(["text"])
    expect(await where({ field: "v", is: "<=", value: 10 })).toEqual(["one", "ten"])
    expect(await where({ field: "v", is: ">", value: "10" })).toEqual(["smile", "wide"])
    expect(await where({ field: "v", is: "<", value: true })).toEqual(["false"])
    expect(await where({ field: "v", is: "in", value: [1, "10", true] })).toEqual(["one", "text", "true"])
  })

  it("takes null for missing, and not for the opposite of what its condition matches", async () => {
    expect(await where({ field: "v", is: "is-missing" })).toEqual(["empty", "null", "scalar"])
    const notOne = await where({ not: { field: "v", is: "=", value: 1 } })
    expect(notOne).toEqual(Object.keys(values).filter((id) => id !== "one"))
  })

  it("follows paths of keys, but not into arrays or inherited properties", async () => {
    expect(await where({ field: "v.w", is: "=", value: 3 })).toEqual(["object"])
    expect(await where({ not: { field: "v.length", is: "is-missing" } })).toEqual([])
    expect(await where({ not: { field: "v.0", is: "is-missing" } })).toEqual([])
    expect(await where({ not: { field: "constructor.name", is: "is-missing" } })).toEqual([])
  })

  it("gives every row once, in order, in pages of any size, also when rows before the page go", async () => {
    const row = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom("a", "b"),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(row, row), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (rows, limit, isDescending) => {
          await using store = createMemoryStore()
          for (const [index, [a, b]] of rows.entries()) await store.readModels.save("m", `${index}`, { a, b })
          const orderBy = [
            { field: "a", direction: isDescending ? "descending" : "ascending" },
            { field: "b" },
          ] as const
          const all = (await store.readModels.find("m", { orderBy })).rows.map(({ id }) => id)
          const paged: string[] = []
          let after: string | undefined
          do {
            const page = await store.readModels.find("m", {
              orderBy,
              limit,
              ...(after !== undefined && { after }),
            })
            for (const { id } of page.rows) {
              paged.push(id)
              await store.readModels.delete("m", id)
            }
            after = page.next
          } while (after !== undefined)
          expect(paged).toEqual(all)
          expect(paged).toHaveLength(rows.length)
        },
      ),
      { numRuns: 50 },
    )
  })
})
