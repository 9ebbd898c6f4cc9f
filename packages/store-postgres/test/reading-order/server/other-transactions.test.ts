import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { type NewEvent, type Position, streamId } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore, type PostgresStore } from "@annals/store-postgres"
import pg, { type PoolClient } from "pg"
import { describe, it } from "vitest"
import { filters } from "./log-readers.ts"
import { createSharedLog, type SharedLog } from "./shared-log.ts"
import { streamNames } from "./stream-names.ts"

const wanted: NewEvent = { type: "wanted", data: null }

async function append(
  log: { readonly store: PostgresStore },
  events: readonly NewEvent[] = [wanted],
): Promise<Position> {
  const [name = ""] = streamNames(1)
  return (await log.store.append(streamId("account", name), events)).position
}

async function appendIn(log: SharedLog, client: PoolClient): Promise<Position> {
  const [name = ""] = streamNames(1)
  return (await log.store.within(client).events.append(streamId("account", name), [wanted])).position
}

/** So that what comes next lies behind a gap, and a reader has to look at what is in flight. */
async function makeGap(log: SharedLog): Promise<void> {
  const client = await log.begin()
  await appendIn(log, client)
  await log.end(client, "ROLLBACK")
}

/** Each way to read, from the beginning and by a handle that knows nothing yet, comes to these positions. */
async function mustRead(log: SharedLog, positions: readonly Position[]): Promise<void> {
  for (const [name, filter] of Object.entries(filters)) {
    for (const direction of ["forward", "backward"] as const) {
      await using reader = log.open()
      const found = (await reader.readAll({ ...filter, direction }).toArray()).map(({ position }) => position)
      assert.deepEqual(direction === "forward" ? found : found.reverse(), positions, `${name}, ${direction}`)
    }
  }
}

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("readers and other transactions", { timeout: 60_000 }, () => {
      it("aren't held back by a transaction that writes to another table", async () => {
        await using log = await createSharedLog(url)
        await log.pool.query(`CREATE TABLE "${log.schema}".unrelated (value int)`)
        const client = await log.begin()
        await client.query(`INSERT INTO "${log.schema}".unrelated VALUES (1)`)
        const first = await append(log)
        await makeGap(log)
        const second = await append(log)
        await mustRead(log, [first, second])
        await log.end(client, "ROLLBACK")
      })

      it("aren't held back by an append to another store of the same database", async () => {
        await using log = await createSharedLog(url)
        await using other = await createSharedLog(url)
        const client = await other.begin()
        await appendIn(other, client)
        await makeGap(log)
        const position = await append(log)
        await mustRead(log, [position])
        await other.end(client, "ROLLBACK")
      })

      it("aren't held back by an append to the same store in a copy of the database", async () => {
        const name = `annals_${randomUUID()}`
        const admin = new pg.Client({ connectionString: url })
        await admin.connect()
        try {
          await admin.query(`CREATE DATABASE "${name}"`)
          await using store = createPostgresStore({
            connectionString: inDatabase(url, name),
            migrate: "auto",
            listen: false,
          })
          await append({ store })
          await store.close()
          // All object ids are the same in a copy, and so are the keys of locks.
          await admin.query(`CREATE DATABASE "${name}_copy" TEMPLATE "${name}"`)
          await mustNotBeHeldBackByCopy(inDatabase(url, name), inDatabase(url, `${name}_copy`))
        } finally {
          await admin.query(`DROP DATABASE IF EXISTS "${name}_copy"`)
          await admin.query(`DROP DATABASE IF EXISTS "${name}"`)
          await admin.end()
        }
      })

      for (const outcome of ["COMMIT", "ROLLBACK"] as const) {
        it(`are held back by a prepared append until its ${outcome}`, async () => {
          await using log = await createSharedLog(url)
          const id = randomUUID()
          const first = await append(log)
          const client = await log.begin()
          const prepared = await appendIn(log, client)
          await log.end(client, `PREPARE TRANSACTION '${id}'`)
          try {
            const above = await append(log)
            await mustRead(log, [first])
            assert.equal(await log.store.head(), first)
            await log.pool.query(`${outcome} PREPARED '${id}'`)
            await mustRead(log, outcome === "COMMIT" ? [first, prepared, above] : [first, above])
          } finally {
            await log.pool.query(`ROLLBACK PREPARED '${id}'`).catch(() => {})
          }
        })
      }

      it("keep no writer waiting: in the middle of the log, and in a transaction that has read it", async () => {
        await using log = await createSharedLog(url)
        await append(log, [wanted, wanted, wanted])
        await makeGap(log)
        await append(log)
        const seen: Position[] = []
        const client = await log.begin()
        const within = log.store.within(client)
        for await (const { position } of within.events.readAll({ types: ["wanted"], pageSize: 1 })) {
          seen.push(position)
          if (seen.length < 5) await append(log)
        }
        // What was appended meanwhile came, too.
        assert.equal(seen.length, 8)
        await log.end(client, "COMMIT")
      })

      it("learn nothing from a transaction that reads its own events", async () => {
        await using log = await createSharedLog(url)
        const client = await log.begin()
        const within = log.store.within(client)
        const own = await appendIn(log, client)
        const above = await append(log)
        assert.equal((await within.events.readAll(filters["a filtered read"]).toArray()).length, 2)
        const before = await log.store.readAll(filters["a filtered read"]).toArray()
        assert.deepEqual(before, [])
        assert.ok((await log.store.head()) < own)
        await log.end(client, "COMMIT")
        await mustRead(log, [own, above])
      })
    })
  })
}

async function mustNotBeHeldBackByCopy(url: string, copyUrl: string): Promise<void> {
  await using store = createPostgresStore({ connectionString: url, listen: false })
  await using copy = createPostgresStore({ connectionString: copyUrl, listen: false })
  const pool = new pg.Pool({ connectionString: copyUrl, max: 1 })
  try {
    const client = await pool.connect()
    await client.query("BEGIN")
    const [name = ""] = streamNames(1)
    const inFlight = await copy.within(client).events.append(streamId("account", name), [wanted])
    const position = await append({ store })
    assert.equal(position, inFlight.position)
    assert.equal(await store.head(), position)
    assert.equal((await store.readAll(filters["a filtered read"]).toArray()).length, 2)
    await client.query("ROLLBACK")
    client.release()
  } finally {
    await pool.end()
  }
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
