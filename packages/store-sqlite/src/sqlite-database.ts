import type { DatabaseSync } from "node:sqlite"
import { AnnalsError, type Clock } from "@annals/core"
import { Connection } from "./connection.ts"
import { transactionEnded, translateError } from "./errors.ts"
import { readHead } from "./events/read-log.ts"
import { createCommittedNames, type StagedNames, stageNames } from "./name-maps.ts"
import { Names } from "./names.ts"
import { openDatabase, refuseReplacing } from "./open-database.ts"
import type { SqliteSettings } from "./options.ts"
import { retryWhileBusy } from "./retry-while-busy.ts"
import type { Access } from "./sqlite-session.ts"
import { SqliteWakeUps } from "./sqlite-wake-ups.ts"
import { WriteQueue } from "./write-queue.ts"

/** What may be written through, and what its transaction met of names. */
export interface WriteAccess extends Access {
  readonly staged: StagedNames
}

/** Takes the write lock at once: a transaction that begins as a reader may find that it can't become a writer. */
const beginWrite = "BEGIN IMMEDIATE"

/** Reads between two turns of the event loop, each of one page at most. */
const maxReadsInTurn = 10

interface OpenState {
  readonly writer: WriteAccess
  readonly reader: Access
}

/**
 * The open file: one connection that writes, in turns, and one that reads what is committed. All that SQLite throws leaves here
 * as an `AnnalsError`.
 */
export class SqliteDatabase {
  readonly queue: WriteQueue
  readonly wakeUps: SqliteWakeUps
  readonly #settings: SqliteSettings
  readonly #clock: Clock
  readonly #committedNames = createCommittedNames()
  readonly #callers = new WeakMap<DatabaseSync, WriteAccess>()
  #opening: Promise<OpenState> | undefined
  #state: OpenState | undefined
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false
  #readsInTurn = 0

  constructor(settings: SqliteSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.queue = new WriteQueue({
      begin: () => this.#begin(this.writer),
      tryBegin: () => this.#tryBegin(this.writer),
      commit: () => this.#commit(this.writer),
      rollback: () => this.#rollback(this.writer),
    })
    this.wakeUps = new SqliteWakeUps(
      {
        dataVersion: () => this.#state?.reader.connection.get<[number]>("PRAGMA data_version")?.[0],
        head: () => this.#state && readHead(this.#state.reader.connection),
      },
      settings.pollIntervalMs,
    )
  }

  get settings(): SqliteSettings {
    return this.#settings
  }

  get writer(): WriteAccess {
    return this.#opened.writer
  }

  async open(): Promise<void> {
    if (this.#state !== undefined && !this.#closed) return
    if (this.#closed) throw new AnnalsError("CLOSED", "the store is closed")
    this.#opening ??= this.#open()
    try {
      this.#state = await this.#opening
    } catch (error) {
      this.#opening = undefined // what was in the way may be gone at the next try
      throw this.translate(error)
    }
    this.wakeUps.start()
  }

  /**
   * Runs something long on a connection of its own; `close()` waits for it. In memory it has the database to itself: a reader would
   * keep writers from committing.
   */
  async maintain<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.open()
    const done = this.#settings.inMemory ? this.queue.alone(work) : work()
    this.#underWay.add(done)
    try {
      return await done
    } catch (error) {
      throw this.translate(error)
    } finally {
      this.#underWay.delete(done)
    }
  }

  /** Runs reads on what is committed. */
  async read<Result>(work: (access: Access) => Result): Promise<Result> {
    if (++this.#readsInTurn > maxReadsInTurn) await this.#nextTurn()
    const { reader } = this.#opened
    try {
      return work(reader)
    } catch (error) {
      return this.#retry(error, () => work(reader))
    }
  }

  /** Runs work in a transaction that stays open until it resolves. Errors of the work itself pass as they are. */
  async transaction<Result>(work: (access: WriteAccess) => Promise<Result>): Promise<Result> {
    const { writer, reader } = this.#opened
    if (this.#settings.inMemory) holdSnapshot(reader.connection)
    try {
      await this.#begin(writer)
      const result = await work(writer)
      writer.staged.drop() // the work may have undone a part of itself
      reader.connection.endTransaction()
      this.#commit(writer)
      return result
    } catch (error) {
      this.#rollback(writer)
      throw error
    } finally {
      reader.connection.endTransaction()
    }
  }

  /** The connection of a transaction that the caller began, or that of the open unit of work. */
  accessOf(tx: DatabaseSync): WriteAccess {
    const { writer } = this.#opened
    if (tx === writer.connection.db) return writer
    const known = this.#callers.get(tx)
    if (known !== undefined) return known
    tx.exec(refuseReplacing)
    const access = this.#writeAccess(tx)
    this.#callers.set(tx, access)
    return access
  }

  /** Whether a connection is one to this very file. */
  isOwnFile(tx: DatabaseSync): boolean {
    const own = this.#opened.writer.connection.db
    return tx === own || (!this.#settings.inMemory && tx.location() === own.location())
  }

  translate(error: unknown): unknown {
    return translateError(error, this.#settings.file)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await Promise.allSettled(this.#underWay)
    await this.queue.idle()
    this.wakeUps.stop()
    const state = this.#state
    this.#state = undefined
    if (state === undefined) return
    state.reader.connection.db.close()
    state.writer.connection.db.close()
  }

  get #opened(): OpenState {
    if (this.#state === undefined) throw new AnnalsError("CLOSED", "the store isn't open")
    return this.#state
  }

  async #open(): Promise<OpenState> {
    const { writer, reader } = await openDatabase(this.#settings, this.#clock)
    const connection = new Connection(reader)
    return {
      writer: this.#writeAccess(writer),
      reader: { connection, names: new Names(connection, this.#committedNames) },
    }
  }

  #writeAccess(db: DatabaseSync): WriteAccess {
    const connection = new Connection(db)
    const staged = stageNames(this.#committedNames)
    return { connection, staged, names: new Names(connection, staged.maps) }
  }

  async #begin(writer: WriteAccess): Promise<void> {
    writer.staged.drop()
    try {
      writer.connection.run(beginWrite)
    } catch (error) {
      await this.#retry(error, () => writer.connection.run(beginWrite))
    }
  }

  #tryBegin({ connection, staged }: WriteAccess): boolean {
    staged.drop()
    try {
      connection.run(beginWrite)
      return true
    } catch {
      return false // whoever waits for it learns why
    }
  }

  #commit({ connection, staged }: WriteAccess): void {
    if (!connection.db.isTransaction) throw transactionEnded()
    try {
      connection.run("COMMIT")
    } catch (error) {
      throw this.translate(error)
    }
    staged.promote()
    this.wakeUps.committed()
  }

  #rollback({ connection, staged }: WriteAccess): void {
    staged.drop()
    connection.rollback()
  }

  /** Outside of the common case, so that nothing is waited for where nothing is in the way. */
  async #retry<Result>(error: unknown, attempt: () => Result): Promise<Result> {
    try {
      return await retryWhileBusy(this.#clock, this.#settings.busyTimeoutMs, attempt, error)
    } catch (failure) {
      throw this.translate(failure)
    }
  }

  /** Reads that are answered at once would keep out whoever else waits: a loop of them never leaves its turn of the event loop. */
  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#readsInTurn = 0
  }
}

/**
 * A database in memory has no WAL: a reader can't begin while a transaction writes. One that began before goes on reading what
 * was committed then, and must end before the commit.
 */
function holdSnapshot(connection: Connection): void {
  connection.run("BEGIN")
  connection.get("SELECT 1 FROM sqlite_schema")
}
