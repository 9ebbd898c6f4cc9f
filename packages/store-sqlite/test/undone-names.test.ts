import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import type { EventLog } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import fc from "fast-check"
import { describe, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

/**
 * The store remembers which rows stand for names. Rows that a rollback took back must be forgotten, whoever rolled back, and how much of it.
 */

const names = ["a", "b", "c"] as const
const name = fc.constantFrom<string>(...names)
const append = fc.record({
  kind: fc.constant("append" as const),
  tenant: name,
  category: name,
  id: name,
  type: name,
  tag: name,
})
type Append = typeof append extends fc.Arbitrary<infer Value> ? Value : never

const step = fc.oneof(
  { weight: 3, arbitrary: append },
  { weight: 2, arbitrary: fc.constant({ kind: "savepoint" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "rollback to" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "release" as const }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const transaction = fc.record({
  through: fc.constantFrom("the store", "a unit of work", "the caller's connection"),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  commits: fc.constantFrom(true, true, false),
})
type Transaction = typeof transaction extends fc.Arbitrary<infer Value> ? Value : never

describe("what a transaction undoes", () => {
  it("is gone, names included, and what it keeps is there", { timeout: 60_000 }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using store = createSqliteStore({ file, durability: "off" })
    await store.migrate()
    using callers = new DatabaseSync(file)
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 6 }), async (transactions) => {
        round++ // makes all names new ones
        const after = await store.head()
        const kept: Append[] = []
        for (const drawn of transactions) {
          const steps = drawn.steps.map((step) => (step.kind === "append" ? ofRound(step, round) : step))
          kept.push(...(await runThrough(store, callers, { ...drawn, steps })))
        }
        const read = await store.readAll({ after }).toArray()
        assert.deepEqual(
          read.map(({ tenant, stream, type, tags }) =>
            [tenant, stream.category, stream.id, type, ...tags].join(),
          ),
          kept.map(({ tenant, category, id, type, tag }) => [tenant, category, id, type, tag].join()),
        )
        for (const tag of names.map((name) => `${name}${round}`)) {
          const tagged = await store.readAll({ tags: [tag] }).toArray()
          assert.equal(tagged.length, kept.filter((drawn) => drawn.tag === tag).length)
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    )
    assert.deepEqual((await store.checkIntegrity()).problems, [])
  })
})

function ofRound({ kind, tenant, category, id, type, tag }: Append, round: number): Append {
  return {
    kind,
    tenant: `${tenant}${round}`,
    category: `${category}${round}`,
    id,
    type: `${type}${round}`,
    tag: `${tag}${round}`,
  }
}

/** Returns the appends that were kept. */
async function runThrough(
  store: SqliteStore,
  callers: DatabaseSync,
  { through, steps, commits }: Transaction,
): Promise<readonly Append[]> {
  if (through === "the store") {
    const appends = steps.filter((step) => step.kind === "append")
    for (const drawn of appends) await appendTo(store.forTenant(drawn.tenant), drawn)
    return appends
  }
  const eventsIn = (tx: DatabaseSync) => (tenant: string) => store.forTenant(tenant).within(tx).events
  if (through === "the caller's connection") {
    callers.exec("BEGIN IMMEDIATE")
    const appends = await run(callers, steps, eventsIn(callers))
    callers.exec(commits ? "COMMIT" : "ROLLBACK")
    return commits ? appends : []
  }
  const undone = new Error("undone")
  const work = store.transaction(async ({ tx }) => {
    const appends = await run(tx, steps, eventsIn(tx))
    if (!commits) throw undone
    return appends
  })
  return work.catch((error: unknown) => {
    assert.equal(error, undone)
    return []
  })
}

/** Returns what is left of the appends. */
async function run(
  tx: DatabaseSync,
  steps: readonly Step[],
  eventsOf: (tenant: string) => EventLog<DatabaseSync>,
): Promise<readonly Append[]> {
  const savepoints: number[] = []
  const appended: Append[] = []
  for (const drawn of steps) {
    if (drawn.kind === "append") appended.push(await appendTo(eventsOf(drawn.tenant), drawn))
    else if (drawn.kind === "savepoint") {
      tx.exec("SAVEPOINT callers")
      savepoints.push(appended.length)
    } else if (savepoints.length > 0) {
      if (drawn.kind === "rollback to") appended.length = savepoints.at(-1) as number
      tx.exec(drawn.kind === "release" ? "RELEASE callers" : "ROLLBACK TO callers")
      if (drawn.kind === "release") savepoints.pop()
    }
  }
  return appended
}

async function appendTo(log: EventLog<DatabaseSync>, drawn: Append): Promise<Append> {
  const { category, id, type, tag } = drawn
  await log.append({ category, id }, [{ type, data: null, tags: [tag] }])
  return drawn
}
