export { createSqliteStore } from "./create-sqlite-store.ts"
export type { Durability, SqliteStoreOptions } from "./options.ts"
export type { SqliteStore } from "./sqlite-store.ts"
