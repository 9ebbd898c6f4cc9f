import type { DatabaseSync } from "node:sqlite"
import type { Clock, StoreDriver, TransactionSession } from "@annals/core"
import { foreignConnection, transactionEnded } from "./errors.ts"
import type { SqliteDatabase, WriteAccess } from "./sqlite-database.ts"
import { createSqliteSession, type SessionAccess } from "./sqlite-session.ts"

/** The driver behind `createSqliteStore`: sessions over an open file. */
export function createSqliteDriver(database: SqliteDatabase, clock: Clock): StoreDriver<DatabaseSync> {
  const { queue } = database

  const plainAccess: SessionAccess = {
    read: (work) => database.read(work),
    write: (weight, work) =>
      queue.grouped(weight, (attempt) => {
        try {
          return work(database.writer, attempt)
        } catch (error) {
          throw database.translate(error)
        }
      }),
  }

  const transaction: StoreDriver<DatabaseSync>["transaction"] = (work) =>
    queue.alone(() =>
      database.transaction(async (access) => {
        let isOpen = true
        const use: UseTransaction = async (run) => {
          if (!isOpen) throw transactionEnded()
          return run(access)
        }
        try {
          return await work(createTransactionSession(database, access.connection.db, clock, use))
        } finally {
          isOpen = false
        }
      }),
    )

  const within = (tx: DatabaseSync) =>
    createTransactionSession(database, tx, clock, async (run) => {
      await database.open()
      if (!database.isOwnFile(tx)) throw foreignConnection(database.settings.file)
      return run(database.accessOf(tx))
    })

  const session = createSqliteSession(plainAccess, clock)
  return {
    ...session,
    name: "sqlite",
    capabilities: { durable: !database.settings.inMemory, multiProcess: !database.settings.inMemory },
    open: () => database.open(),
    migrate: () => database.open(),
    append: (batch, before) => {
      if (before === undefined) return session.append(batch)
      return transaction(async (unit) => {
        const outcome = await unit.append(batch)
        if (outcome.status === "appended") await before(unit, outcome)
        return outcome
      })
    },
    transaction,
    within,
    wakeUps: database.wakeUps,
    close: () => database.close(),
  }
}

/** Gives access to the connection of a transaction, if it may still be used. */
type UseTransaction = <Result>(run: (access: WriteAccess) => Result) => Promise<Result>

/** A session in an open transaction, which may be rolled back, in part or whole, between any two calls. */
function createTransactionSession(
  database: SqliteDatabase,
  tx: DatabaseSync,
  clock: Clock,
  use: UseTransaction,
): TransactionSession<DatabaseSync> {
  const run = <Result>(work: (access: WriteAccess) => Result): Promise<Result> =>
    use((access) => {
      if (!tx.isTransaction) throw transactionEnded()
      access.staged.drop()
      try {
        return work(access)
      } catch (error) {
        throw database.translate(error)
      }
    })
  const access: SessionAccess = {
    read: run,
    write: (_weight, work) =>
      run((opened) => {
        try {
          return opened.connection.savepoint(() => work(opened, { isRerun: false }))
        } catch (error) {
          if (!tx.isTransaction) throw error
          opened.staged.drop()
          return opened.connection.savepoint(() => work(opened, { isRerun: true }))
        }
      }),
  }
  return { ...createSqliteSession(access, clock), tx }
}
