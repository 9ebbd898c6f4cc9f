import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import {
  createMemoryStore,
  type JsonValue,
  type ReadModelCondition,
  type ReadModelQuery,
  type ReadModelStore,
} from "@annals/core"
import { usingService } from "@annals/services"
import fc from "fast-check"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("read models on PostgreSQL", { timeout: 60_000 }, () => {
      it("find and order documents as the memory store does, page by page", async () => {
        await using fixture = await createPortFixture(url)
        let run = 0
        await fc.assert(
          fc.asyncProperty(
            fc.array(wellFormedDocument, { minLength: 3, maxLength: 10 }),
            fc.array(query, { minLength: 8, maxLength: 8 }),
            async (values, queries) => {
              await using memory = createMemoryStore()
              const model = `m${run++}`
              for (const [index, value] of values.entries()) {
                await fixture.ports.readModels.save(model, `row ${index}`, value)
                await memory.readModels.save(model, `row ${index}`, value)
              }
              for (const each of queries) {
                const ours = await allPages(fixture.ports.readModels, model, each)
                assert.deepEqual(ours, await allPages(memory.readModels, model, each), JSON.stringify(each))
              }
            },
          ),
          { numRuns: 30, seed: 4 },
        )
      })

      it("keep any document exactly, and find it by any of its texts and keys", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        await fc.assert(
          fc.asyncProperty(fc.jsonValue(), oddText, oddText, async (value, key, text) => {
            const document = JSON.parse(JSON.stringify({ value, [key]: text, list: [text] })) as JsonValue
            await readModels.save("m", "a", document)
            assert.equal(JSON.stringify((await readModels.get("m", "a"))?.value), JSON.stringify(document))
            await readModels.save("m", "a", { text, [key]: { text } })
            const where: ReadModelCondition = { field: "text", is: "=", value: text }
            assert.equal((await readModels.find("m", { where })).rows.length, 1)
            assert.equal(
              (await readModels.find("m", { where: { ...where, is: "in", value: [text, 1] } })).rows.length,
              1,
            )
            for (const other of oddTexts.filter((odd) => odd !== text)) {
              assert.equal((await readModels.find("m", { where: { ...where, value: other } })).rows.length, 0)
            }
          }),
          { numRuns: 60, seed: 4 },
        )
      })

      it("order texts by code point, also those that PostgreSQL can't hold", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        for (const [index, text] of oddTexts.entries())
          await readModels.save("m", `${index}`.padStart(2, "0"), { text })
        for (const limit of [3, 100]) {
          const found = await allPages(readModels, "m", { orderBy: [{ field: "text" }], limit })
          assert.deepEqual(
            found,
            oddTexts.map((_, index) => `${index}`.padStart(2, "0")),
          )
        }
        const below = await readModels.find("m", { where: { field: "text", is: "<", value: "\u0002" } })
        assert.equal(below.rows.length, oddTexts.indexOf("\u0002"))
      })

      it("compare numbers as they are, the smallest and the largest too", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        const numbers = [
          -Number.MAX_VALUE,
          -1e21,
          -5e-324,
          0,
          5e-324,
          0.1,
          0.1 + 0.2,
          2 ** 53,
          1e21,
          Number.MAX_VALUE,
        ]
        for (const [index, n] of numbers.entries()) await readModels.save("m", `${index}`, { n })
        for (const [index, value] of numbers.entries()) {
          const equal = await readModels.find("m", { where: { field: "n", is: "=", value } })
          assert.deepEqual(equal.rows, [{ id: `${index}`, version: 1, value: { n: value } }])
          const less = await readModels.find("m", { where: { field: "n", is: "<", value } })
          assert.equal(less.rows.length, index)
        }
      })

      it("go with the model that is replaced while they are being saved", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        await readModels.save("rebuilt", "a", "new")
        await readModels.save("live", "b", "old")
        const tx = await fixture.begin()
        await tx.ports.readModels.save("live", "a", "old")
        const replacing = readModels.replace("rebuilt", "live")
        await fixture.untilWaiting(1)
        await tx.commit()
        await replacing
        assert.deepEqual((await readModels.find("live")).rows, [{ id: "a", version: 1, value: "new" }])
        assert.deepEqual((await readModels.find("rebuilt")).rows, [])
      })

      it("conflict with a row that another transaction was just inserting, and replace it where they may", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        const tx = await fixture.begin()
        await tx.ports.readModels.save("m", "a", 1)
        const waiting = [readModels.save("m", "a", 2, { expectedVersion: 0 }), readModels.save("m", "a", 3)]
        await fixture.untilWaiting(2)
        assert.equal(await readModels.get("m", "a"), undefined)
        await tx.commit()
        assert.deepEqual(await Promise.all(waiting), ["conflict", 2])
      })

      it("are found through the index, one by one and page by page", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels } = fixture.ports
        for (const model of ["m", "n"]) await readModels.save(model, "a", 1)
        const scans = async () =>
          Number(
            (
              await fixture.query(
                "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'read_models_by_id' AND schemaname = trim('\"' FROM replace('{schema}', '\"\"', '\"'))",
              )
            )[0]?.[0],
          )
        const tx = await fixture.begin()
        await tx.client.query("SET LOCAL enable_seqscan = off")
        await tx.client.query("SET LOCAL enable_bitmapscan = off")
        const before = await scans()
        await tx.ports.readModels.get("m", "a")
        await tx.ports.readModels.getMany("m", ["a", "b"])
        const { next } = await tx.ports.readModels.find("m", { limit: 1 })
        assert.equal(next, undefined)
        await tx.ports.readModels.save("m", "a", 1, { expectedVersion: 1 })
        await tx.commit()
        while ((await scans()) < before + 4) await sleep(50)
      })

      it("refuse a place that no page ended at", async () => {
        await using fixture = await createPortFixture(url)
        for (const after of [
          "",
          "{}",
          '{"values":[1e999],"id":"a"}',
          '{"values":[1],"id":"\\u0000"}',
          '{"values":[1],"id":"\\ud800"}',
        ]) {
          await assert.rejects(fixture.ports.readModels.find("m", { orderBy: [{ field: "n" }], after }), {
            code: "INVALID_OPTION",
          })
        }
      })
    })
  })
}

/** In the order of their code points. U+0001, U+D7FF and what follows them are what odd ones are written with. */
const oddTexts = [
  "",
  "\u0000",
  "\u0000\u0000",
  "\u0000\u0001",
  "\u0000a",
  "\u0001",
  "\u0001\u0000",
  "\u0001\u0001",
  "\u0001\u0002",
  "\u0002",
  "a",
  "a\u0000",
  "a\u0000b",
  "a\u0001",
  "ab",
  "\ud7fe",
  "\ud7ff",
  "\ud7ff\u0001",
  "\ud7ff\u0002",
  "\ud7ff\ud800",
  "\ud7ff\ue000",
  "\ud800",
  "\ud800a",
  "\udbff",
  "\udc00",
  "\udc00\ud800",
  "\udfff",
  "\ue000",
  "\uffff",
  "😀",
  "😀\ud83d",
]

const oddText = fc.oneof(
  fc.constantFrom(...oddTexts),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 4,
  }),
)

/** The memory store has another place for halves of surrogate pairs. */
const text = fc.oneof(
  fc.constantFrom(...oddTexts.filter((odd) => odd.isWellFormed()), "30", "true"),
  fc.string({ unit: "binary", maxLength: 2 }),
)
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, 1e21, -1e-7, 30))
const scalar = fc.oneof(text, number, fc.boolean())
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  scalar,
  fc.constantFrom<JsonValue>(null, [], [1], {}, { b: 1 }),
)
const wellFormedDocument: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 9,
    arbitrary: fc.record(
      { a: value, b: value, c: fc.record({ a: value, "0": value }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
  },
)
const field = fc.constantFrom(
  "a",
  "b",
  "c",
  "c.a",
  "c.0",
  "a.b",
  "a.0",
  "b.length",
  "__proto__",
  'it\'s "odd"',
)
const comparison: fc.Arbitrary<ReadModelCondition> = fc.oneof(
  fc.record({ field, is: fc.constantFrom("=", "<", "<=", ">", ">="), value: scalar }),
  fc.record({
    field,
    is: fc.constant("in" as const),
    value: fc.array(scalar, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ field, is: fc.constant("is-missing" as const) }),
)
const { condition } = fc.letrec<{ condition: ReadModelCondition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, depthIdentifier: "condition" },
    comparison,
    fc.record({ and: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("condition") }),
  ),
}))
const query: fc.Arbitrary<ReadModelQuery> = fc.record(
  {
    where: condition,
    orderBy: fc.array(fc.record({ field, direction: fc.constantFrom("ascending", "descending") }), {
      maxLength: 3,
    }),
    limit: fc.integer({ min: 2, max: 4 }),
  },
  { requiredKeys: ["limit"] },
)

async function allPages(readModels: ReadModelStore, model: string, asked: ReadModelQuery): Promise<string[]> {
  const found: string[] = []
  let after: string | undefined
  do {
    const { rows, next } = await readModels.find(model, { ...asked, ...(after !== undefined && { after }) })
    found.push(...rows.map(({ id }) => id))
    after = next
  } while (after !== undefined)
  return found
}
