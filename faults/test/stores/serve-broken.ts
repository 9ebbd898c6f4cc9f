// Broken processes are written once: which store they break is the first argument.
import { accessSqlite } from "../../src/sqlite/access-sqlite.ts"
import type { Perform } from "../../src/stores/perform-operation.ts"
import { type ReadPages, serveReader } from "../../src/stores/serve-reader.ts"
import { serveWriter } from "../../src/stores/serve-writer.ts"
import type { StoreAccess } from "../../src/stores/store-access.ts"

const access = { sqlite: accessSqlite } as const

export type StoreName = keyof typeof access

function accessOf(name: string | undefined): StoreAccess<object> {
  return access[name as StoreName] as StoreAccess<never>
}

export function serveBrokenWriter(perform: Perform): void {
  serveWriter(accessOf(process.argv[2]), perform)
}

export function serveBrokenReader(read: ReadPages): void {
  serveReader(accessOf(process.argv[2]), read)
}
