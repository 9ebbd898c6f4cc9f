import { createMemoryStore, type } from "@annals/core"
import * as z from "zod"
import { defineReadModel } from "../../src/index.ts"

interface Account {
  owner: string
  cents: number
  state: "open" | "closed"
  address?: { city: string; street: string | null }
  tags: string[]
  totals: Record<string, number>
}

const store = createMemoryStore()
const accounts = defineReadModel("accounts", type<Account>()).in(store)
const checked = defineReadModel(
  "checked",
  z.object({ owner: z.string(), nested: z.object({ n: z.int() }) }),
).in(store)

// What is read has the type that was defined.
;(await accounts.get("alice"))?.value satisfies Account | undefined
;(await checked.find()).documents[0]?.value.nested.n satisfies number | undefined
for await (const { value } of accounts.findAll({ where: { state: "open" } })) value.cents satisfies number
;(await accounts.findAll().toArray())[0]?.value.cents satisfies number | undefined

// There is a conflict only where a version was expected.
;(await accounts.save("alice", {} as Account)) satisfies number
const saved = await accounts.save("alice", {} as Account, { expectedVersion: 1 })
saved satisfies number | "conflict"
// @ts-expect-error: it may be a conflict
saved satisfies number

// Fields, also in objects, with values of their types.
await accounts.find({
  where: { owner: "Alice", cents: { ">=": 5, "<": 9 }, "address.city": { in: ["Oslo"] }, state: "open" },
  orderBy: { cents: "descending", "address.city": "ascending" },
})
await accounts.find({
  where: { "totals.march": { ">": 5 }, tags: { missing: false }, address: { missing: true } },
})
await accounts.find({ where: { or: [{ "address.street": "Main" }, { not: { and: [{ cents: 5 }] } }] } })
await checked.find({ where: { "nested.n": 5 } })

// @ts-expect-error: no such field
await accounts.find({ where: { ownr: "Alice" } })
// @ts-expect-error: no such field in the object
await accounts.find({ where: { "address.town": "Oslo" } })
// @ts-expect-error: no such field, further inside
await accounts.find({ where: { or: [{ ownr: "Alice" }] } })
// @ts-expect-error: no such field, further inside
await accounts.find({ where: { not: { ownr: "Alice" } } })
// @ts-expect-error: not a value of the field
await accounts.find({ where: { owner: 5 } })
// @ts-expect-error: not one of the field's values
await accounts.find({ where: { state: "opened" } })
// @ts-expect-error: not a value of the field
await accounts.find({ where: { cents: { ">": "5" } } })
// @ts-expect-error: no such comparison
await accounts.find({ where: { cents: { gt: 5 } } })
// @ts-expect-error: an array can't be compared
await accounts.find({ where: { tags: "large" } })
// @ts-expect-error: null is asked for by missing
await accounts.find({ where: { "address.street": null } })
// @ts-expect-error: no such field
await accounts.find({ orderBy: { cent: "ascending" } })
// @ts-expect-error: no such order
await accounts.find({ orderBy: { cents: "up" } })
// @ts-expect-error: fields are missing
await accounts.save("alice", { owner: "Alice" })
// @ts-expect-error: a page has no end of its own when all are read
accounts.findAll({ limit: 5 })
