import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  createMemoryStoreDriver,
  createStore,
  type EventStore,
  type StoreOptions,
  systemClock,
} from "@annals/core"
import { type RecycledSchemas, recycledSchemas, usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, vi } from "vitest"
import { createScene, type OpenScene } from "./scene.ts"

/** Every test of `body` on every store: what a subscription promises doesn't depend on the store. */
export function describeStores(name: string, body: (open: OpenScene) => void): void {
  vi.setConfig({ testTimeout: 90_000 })
  describe(name, { concurrent: true }, () => {
    describe("on memory", () => body(openMemory))
    describe("on sqlite", () => body(openSqlite))
    onPostgres(body)
  })
}

/** For what only a store can show that has several writers at a time. */
export function describePostgres(name: string, body: (open: OpenScene) => void): void {
  vi.setConfig({ testTimeout: 90_000 })
  describe(name, () => onPostgres(body))
}

function onPostgres(body: (open: OpenScene) => void): void {
  usingService("postgres", (url) => {
    const connectionString = withoutWaitingForDisk(url)
    const schemas = recycledSchemas(connectionString, {
      prefix: "subscriptions_",
      keep: ["migrations"],
      create: async (schema) => {
        await using store = createPostgresStore({ connectionString, schema })
        await store.migrate()
      },
    })
    body((options) => openPostgres(connectionString, schemas, options))
  })
}

async function openMemory(options: StoreOptions = {}) {
  const driver = createMemoryStoreDriver(options.clock ?? systemClock)
  return createScene(() => createStore(driver, options) as EventStore)
}

async function openSqlite(options: StoreOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "annals-subscriptions-"))
  const file = join(folder, "store.db")
  return createScene(
    () => createSqliteStore({ ...options, file, durability: "off", pollIntervalMs: 10 }) as EventStore,
    () => rmSync(folder, { recursive: true, force: true }),
  )
}

async function openPostgres(connectionString: string, schemas: RecycledSchemas, options: StoreOptions = {}) {
  const schema = await schemas.take()
  const open = () => createPostgresStore({ ...options, connectionString, schema, maxConnections: 4 })
  return createScene(
    () => open() as EventStore,
    () => schemas.giveBack(schema),
  )
}

/** Nothing here is about crashes of the server, and fresh schemas wait for little else than the disk. */
function withoutWaitingForDisk(url: string): string {
  const fast = new URL(url)
  fast.searchParams.set("options", "-c synchronous_commit=off")
  return fast.href
}
