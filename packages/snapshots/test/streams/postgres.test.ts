import { randomBytes } from "node:crypto"
import { createRepository, type EventStore } from "@annals/core"
import { usingService } from "@annals/services"
import { createSnapshots, everyEvents, never, type SnapshotOptions } from "@annals/snapshots"
import { createPostgresStore, type PostgresStoreOptions } from "@annals/store-postgres"
import { afterAll, describe, expect, it } from "vitest"
import { revisionsOf } from "./stores.ts"
import { type TallyState, tally } from "./tallies.ts"

function tallies(store: EventStore, options: SnapshotOptions<TallyState> = {}) {
  const snapshots = createSnapshots(store, tally, { policy: everyEvents(5), ...options })
  return { snapshots, repository: createRepository(store, tally, { snapshots, maxAttempts: 50 }) }
}

/** As another process does meanwhile. */
async function takeNewer(store: EventStore, id: string): Promise<void> {
  const { repository, snapshots } = tallies(store, { schemaVersion: 2, policy: never(), keepLast: "all" })
  await repository.execute(id, "add", [1])
  await snapshots.take(id)
}

usingService("postgres", (connectionString) => {
  const schema = `snapshots_${randomBytes(6).toString("hex")}`
  const open = (options: Partial<PostgresStoreOptions> = {}) =>
    createPostgresStore({ connectionString, schema, migrate: "auto", listen: false, ...options })

  afterAll(async () => {
    await using store = open()
    await store.transaction(({ tx }) => tx.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
  })

  describe("snapshots on PostgreSQL", { timeout: 30_000 }, () => {
    for (const take of ["after", "transaction", "background"] as const) {
      it(`of several processes at once agree with the events: ${take}`, async () => {
        await using one = open({ maxConnections: 4 })
        await using other = open({ maxConnections: 4 })
        const writers = [tallies(one as EventStore, { take }), tallies(other as EventStore, { take })]
        await Promise.all(
          writers.flatMap(({ repository }) =>
            Array.from({ length: 12 }, (_, index) =>
              repository.execute(`${take}${index % 2}`, "add", [1, 1]),
            ),
          ),
        )
        for (const { snapshots } of writers) await snapshots.drain()
        for (const id of [`${take}0`, `${take}1`]) {
          expect((await revisionsOf(one as EventStore, id))[0]).toBeGreaterThanOrEqual(
            take === "transaction" ? 20 : 10,
          )
          for (const { repository } of writers) {
            const { state, version } = await repository.load(id)
            expect([state.total, version]).toEqual([24, 24])
          }
        }
        expect(writers.map(({ snapshots }) => snapshots.status().failed)).toEqual([0, 0])
      })
    }

    it("are read and written by the connection that a unit of work holds", async () => {
      await using store = open({ maxConnections: 2 })
      const { repository, snapshots } = tallies(store as EventStore)
      const ids = ["p", "q", "r", "s"]
      for (const id of ids) await repository.execute(id, "add", [1, 1, 1, 1, 1])
      // As many at a time as there are connections: one that wanted another of them would wait for ever.
      await Promise.all(
        ids.map((id) =>
          store.transaction((unitOfWork) =>
            repository.within(unitOfWork).execute(id, "add", [1, 1, 1, 1, 1]),
          ),
        ),
      )
      expect(snapshots.status()).toMatchObject({ hits: 4, taken: 8, failed: 0 })
      expect(await revisionsOf(store as EventStore, "s")).toEqual([10])
    })

    for (const [when, keeps] of [
      ["before all others are removed", 1],
      ["before it is removed", 0],
    ] as const) {
      it(`don't replace a newer one that comes while one of no use is replaced: ${when}`, async () => {
        await using store = open()
        await using other = open()
        const id = `u${keeps}`
        const { repository } = tallies(store as EventStore, { policy: never() })
        await repository.execute(id, "add", [1, 1])
        await tallies(store as EventStore).snapshots.take(id)
        const late = tallies(store as EventStore, {
          schemaVersion: 2,
          snapshotStore: ({ snapshots }) => ({
            ...snapshots,
            async prune(key, keepLast) {
              if (keepLast === keeps) await takeNewer(other as EventStore, id)
              return snapshots.prune(key, keepLast)
            },
          }),
        })
        expect(await late.snapshots.take(id)).toBe(false)
        expect((await revisionsOf(store as EventStore, id))[0]).toBe(3)
      })
    }

    it("go with the transaction of a caller that is rolled back", async () => {
      await using store = open()
      const { repository } = tallies(store as EventStore)
      await store.transaction(async ({ tx }) => {
        await tx.query("SAVEPOINT before")
        await repository.within(store.within(tx)).execute("t", "add", [1, 1, 1, 1, 1])
        expect((await repository.within(store.within(tx)).load("t")).state.total).toBe(5)
        await tx.query("ROLLBACK TO SAVEPOINT before")
      })
      expect(await revisionsOf(store as EventStore, "t")).toEqual([])
      await repository.execute("t", "add", [2, 2])
      expect((await repository.load("t")).state.total).toBe(4)
    })
  })
})
