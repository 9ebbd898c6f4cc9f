import type { EventStore } from "@annals/core"
import { expect, it } from "vitest"
import {
  createSubscription,
  defineTableProjection,
  projectionSubscription,
  rebuildInPlace,
  rebuildProjection,
} from "../../src/index.ts"
import { describeSqlStores, query, runSql, type SqlTx } from "../projections/sql-stores.ts"
import { count, counted } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import { eventually } from "../subjects/waiting.ts"

/** Keeps what it sees in rows without a key: nothing but the rebuild itself keeps them from being there twice. */
const seenIn = ({ version = 1, times = 1 }) =>
  defineTableProjection("seen", {
    version,
    execute: (tx: SqlTx, sql) => ("exec" in tx ? tx.exec(sql) : tx.query(sql)),
    tables: {
      seen: (table, index) => [
        `CREATE TABLE ${table} (stream TEXT NOT NULL, n INTEGER NOT NULL)`,
        `CREATE INDEX ${index("by_n")} ON ${table} (n)`,
      ],
    },
    events: [counted],
    on: {
      counted: ({ stream, data }, { tx, tables }) =>
        runSql(tx, `INSERT INTO ${tables.seen} VALUES (?, ?)`, stream.id, data.n * times),
    },
  })

const seen = seenIn({})

async function rows(store: EventStore<SqlTx>): Promise<unknown[]> {
  const found = await query(store, "SELECT stream, n FROM seen ORDER BY stream, n")
  return (found as { stream: string; n: number }[]).map(({ stream, n }) => `${stream}${n}`)
}

const append = (store: EventStore<SqlTx>, id: string, ...numbers: number[]) =>
  count(store as unknown as EventStore, id, ...numbers)

describeSqlStores("tables of a projection", (open) => {
  it("are filled beside those that are read, and take their place", async () => {
    await using scene = open()
    const { store } = scene
    await using live = createSubscription(store, projectionSubscription(seen), quickLeases)
    await live.start()
    await live.waitFor(await append(store, "a", 1, 2, 3))
    await query(store, "DELETE FROM seen WHERE n = 2")
    for (const last of [4, 5]) {
      await rebuildProjection(store, seen, { pageSize: 2 }).done
      await live.waitFor(await append(store, "a", last))
    }
    expect(await rows(store)).toEqual(["a1", "a2", "a3", "a4", "a5"])
    await rebuildInPlace(store, seen)
    await eventually(async () => expect(await rows(store)).toEqual(["a1", "a2", "a3", "a4", "a5"]))
  })

  it("take in what is appended while they are filled", async () => {
    await using scene = open()
    const { store } = scene
    await using live = createSubscription(store, projectionSubscription(seen), quickLeases)
    await live.start()
    await live.waitFor(await append(store, "a", 0))
    const expected = ["a0"]
    const rebuilding = (async () => {
      for (let round = 0; round < 3; round++) await rebuildProjection(store, seen, { pageSize: 3 }).done
    })()
    for (let n = 10; n < 40; n++) {
      await append(store, "a", n)
      expected.push(`a${n}`)
    }
    await rebuilding
    await live.waitFor(await store.head())
    expect(await rows(store)).toEqual(expected)
  })

  it("are made anew by a new version, which takes over", async () => {
    await using scene = open()
    const { store } = scene
    await using old = createSubscription(store, projectionSubscription(seen), quickLeases)
    await old.start()
    await old.waitFor(await append(store, "a", 1, 2))
    await using fresh = createSubscription(store, projectionSubscription(seenIn({ version: 2, times: 10 })))
    await fresh.start()
    await eventually(async () => expect(await rows(store)).toEqual(["a10", "a20"]))
    await fresh.waitFor(await append(store, "a", 3))
    expect(await rows(store)).toEqual(["a10", "a20", "a30"])
  })
})
