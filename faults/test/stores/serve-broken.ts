// Broken processes are written once: which store they break is the first argument.
import type { Perform } from "../../src/stores/perform-operation.ts"
import { type ReadPages, serveReader } from "../../src/stores/serve-reader.ts"
import { serveWriter } from "../../src/stores/serve-writer.ts"
import type { StoreAccess } from "../../src/stores/store-access.ts"

/** Loaded only where they are needed: each process is started anew. */
const accesses = {
  sqlite: async () => (await import("../../src/sqlite/access-sqlite.ts")).accessSqlite,
  postgres: async () => (await import("../../src/postgres/access-postgres.ts")).accessPostgres,
} as const

export type StoreName = keyof typeof accesses

async function accessToBreak(): Promise<StoreAccess<object>> {
  return (await accesses[process.argv[2] as StoreName]()) as StoreAccess<never>
}

export async function serveBrokenWriter(perform: Perform): Promise<void> {
  serveWriter(await accessToBreak(), perform)
}

export async function serveBrokenReader(read: ReadPages): Promise<void> {
  serveReader(await accessToBreak(), read)
}
