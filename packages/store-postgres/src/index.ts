export { createPostgresStore } from "./create-postgres-store.ts"
export { postgresMigrationSql } from "./migrate.ts"
export type { PostgresStoreOptions } from "./options.ts"
export type { PostgresStore } from "./postgres-store.ts"
