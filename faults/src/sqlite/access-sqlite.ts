import { createSqliteStore } from "@annals/store-sqlite"
import type { StoreAccess } from "../stores/store-access.ts"

export interface SqliteLocation {
  readonly file: string
}

/** How long a writer waits for the file: longer than any round may take, so that nobody gives up. */
const busyTimeoutMs = 300_000

/** A store of its own for each process. No fault makes it fail: all of them befall the process. */
export const accessSqlite: StoreAccess<SqliteLocation> = {
  open: ({ file }) => createSqliteStore({ file, busyTimeoutMs }),
  prepareFault: async () => undefined,
  mayHaveFailedByFault: () => false,
}
