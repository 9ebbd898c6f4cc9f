import { randomBytes } from "node:crypto"
import { createMemoryStore, type EventStore, type StoreOptions } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { afterEach, describe, vi } from "vitest"

/** Opens an empty store, which is closed and dropped after the test. */
export type OpenStore = (options?: StoreOptions) => EventStore

/** Every test of `body` on every store. */
export function onEveryStore(body: (open: OpenStore) => void): void {
  vi.setConfig({ testTimeout: 60_000 })
  const afterwards: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of afterwards.splice(0)) await end()
  })
  const closing = <Tx>(store: EventStore<Tx>): EventStore => {
    afterwards.push(() => store.close())
    return store as EventStore
  }

  describe("on memory", () => body((options) => closing(createMemoryStore(options))))
  describe("on sqlite", () => body((options) => closing(createSqliteStore({ ...options, file: ":memory:" }))))
  usingService("postgres", (url) => {
    body((options) => {
      const schema = `relay_${randomBytes(6).toString("hex")}`
      const store = createPostgresStore({ ...options, connectionString: url, schema, migrate: "auto" })
      afterwards.push(async () => {
        await store.transaction(({ tx }) => tx.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
      })
      return closing(store)
    })
  })
}
