import type { DatabaseSync } from "node:sqlite"
import type { Clock, StoreDriver, StoreSession } from "@annals/core"
import { foreignConnection, transactionEnded, unitOfWorkEnded } from "./errors.ts"
import { guardDatabase } from "./guard-database.ts"
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

  /** The connections that units of work gave out. */
  const given = new WeakMap<DatabaseSync, UseTransaction>()

  const transaction: StoreDriver<DatabaseSync>["transaction"] = (work) =>
    queue.alone(() =>
      database.transaction(async (access) => {
        let isOpen = true
        const check = () => {
          if (!isOpen) throw unitOfWorkEnded()
        }
        const use: UseTransaction = async (run) => {
          check()
          return run(access)
        }
        const tx = guardDatabase(access.connection.db, check)
        given.set(tx, use)
        try {
          return await work({ ...createTransactionSession(database, clock, use), tx })
        } finally {
          isOpen = false
        }
      }),
    )

  const useCallers =
    (tx: DatabaseSync): UseTransaction =>
    async (run) => {
      await database.open()
      if (!database.isOwnFile(tx)) throw foreignConnection(database.settings.file)
      return run(database.accessOf(tx))
    }

  const within = (tx: DatabaseSync) => ({
    ...createTransactionSession(database, clock, given.get(tx) ?? useCallers(tx)),
    tx,
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
function createTransactionSession(database: SqliteDatabase, clock: Clock, use: UseTransaction): StoreSession {
  const run = <Result>(work: (access: WriteAccess) => Result): Promise<Result> =>
    use((access) => {
      if (!access.connection.db.isTransaction) throw transactionEnded()
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
          if (!opened.connection.db.isTransaction) throw error
          opened.staged.drop()
          return opened.connection.savepoint(() => work(opened, { isRerun: true }))
        }
      }),
  }
  return createSqliteSession(access, clock)
}
