import { DatabaseSync } from "node:sqlite"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { type CallersTransaction, type CreateSubject, storeConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const createInFile: CreateSubject<DatabaseSync> = async (options = {}) => {
  const folder = temporaryFolder()
  const file = folder.file("store.db")
  const opened: AsyncDisposable[] = []
  const open = () => {
    const store = createSqliteStore({ ...options, file })
    opened.push(store)
    return store
  }
  const store = open()
  return {
    store,
    reopen: async () => {
      await store.close()
      return open()
    },
    secondHandle: async () => open(),
    beginTransaction: async () => {
      await store.migrate()
      const tx = new DatabaseSync(file, { timeout: 5000 })
      tx.exec("BEGIN IMMEDIATE")
      const end = async (how: string) => {
        tx.exec(how)
        tx.close()
      }
      return { tx, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") }
    },
    async [Symbol.asyncDispose]() {
      for (const handle of opened) await handle[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const createInMemory: CreateSubject<DatabaseSync> = async (options = {}) => {
  const store = createSqliteStore({ ...options, file: ":memory:" })
  return {
    store,
    beginTransaction: () => holdTransaction(store),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

/** In memory there is no second connection: the caller's transaction is a unit of work that is held open. */
async function holdTransaction(store: SqliteStore): Promise<CallersTransaction<DatabaseSync>> {
  const begun = Promise.withResolvers<DatabaseSync>()
  const end = Promise.withResolvers<void>()
  const done = store.transaction(({ tx }) => {
    begun.resolve(tx)
    return end.promise
  })
  done.catch(() => {})
  return {
    tx: await begun.promise,
    async commit() {
      end.resolve()
      await done
    },
    async rollback() {
      end.reject(new Error("rolled back"))
      await done.catch(() => {})
    },
  }
}

describe("in a file", () => storeConformance({ describe, it }, createInFile))
describe("in memory", () => storeConformance({ describe, it }, createInMemory))
