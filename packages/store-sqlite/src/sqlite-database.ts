import { AsyncLocalStorage } from "node:async_hooks"
import type { DatabaseSync } from "node:sqlite"
import { AnnalsError, type Clock } from "@annals/core"
import { Connection } from "./connection.ts"
import { transactionEnded, translateError } from "./errors.ts"
import { readHead } from "./events/read-log.ts"
import { createCommittedNames, type StagedNames, stageNames } from "./name-maps.ts"
import { Names } from "./names.ts"
import { openDatabase } from "./open-database.ts"
import type { SqliteSettings } from "./options.ts"
import { retryWhileBusy } from "./retry-while-busy.ts"
import type { Access } from "./sqlite-session.ts"
import { SqliteWakeUps } from "./sqlite-wake-ups.ts"
import { WriteQueue } from "./write-queue.ts"

/** What may be written through, and what its transaction met of names. */
export interface WriteAccess extends Access {
  readonly staged: StagedNames
}

interface OpenState {
  readonly writer: WriteAccess
  readonly reader: Access
}

/**
 * The open file: one connection that writes, in turns, and one that reads what is committed. All that SQLite throws leaves here
 * as an `AnnalsError`.
 *
 * In memory there is one connection for both, on which an open unit of work shows what isn't committed: reads from outside wait
 * for its end.
 */
export class SqliteDatabase {
  readonly queue: WriteQueue
  readonly wakeUps: SqliteWakeUps
  readonly #settings: SqliteSettings
  readonly #clock: Clock
  readonly #committedNames = createCommittedNames()
  readonly #callers = new WeakMap<DatabaseSync, WriteAccess>()
  /** Only in memory: tells reads made inside the open unit of work from all others. */
  readonly #unitOfWork = new AsyncLocalStorage<object>()
  #openUnit: { readonly ended: Promise<void> } | undefined
  #opening: Promise<OpenState> | undefined
  #state: OpenState | undefined
  #closed = false

  constructor(settings: SqliteSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.queue = new WriteQueue({ run: (work) => this.#runGroup(work) })
    this.wakeUps = new SqliteWakeUps(
      {
        dataVersion: () => (settings.inMemory ? undefined : this.#dataVersion()),
        head: () => (this.#state === undefined ? 0 : readHead(this.#state.reader.connection)),
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
    if (this.#state !== undefined) return
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

  /** Runs reads on what is committed. */
  async read<Result>(work: (access: Access) => Result): Promise<Result> {
    while (this.#mustWaitToRead()) await this.#openUnit?.ended
    const access = this.#readAccess()
    try {
      return work(access)
    } catch (error) {
      return this.#retry(error, () => work(access))
    }
  }

  /** Runs work in a transaction that stays open until it resolves. Errors of the work itself pass as they are. */
  async transaction<Result>(work: (access: WriteAccess) => Promise<Result>): Promise<Result> {
    const { writer } = this.#opened
    await this.#begin(writer)
    const unit = Promise.withResolvers<void>()
    const openUnit = { ended: unit.promise }
    this.#openUnit = openUnit
    try {
      const result = await this.#unitOfWork.run(openUnit, () => work(writer))
      writer.staged.drop() // the work may have undone a part of itself
      this.#commit(writer)
      return result
    } catch (error) {
      this.#rollback(writer)
      throw error
    } finally {
      this.#openUnit = undefined
      unit.resolve()
    }
  }

  /** The connection of a transaction that the caller began, or that of the open unit of work. */
  accessOf(tx: DatabaseSync): WriteAccess {
    const { writer } = this.#opened
    if (tx === writer.connection.db) return writer
    const known = this.#callers.get(tx)
    if (known !== undefined) return known
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
    await this.queue.idle()
    this.wakeUps.stop()
    const state = this.#state
    this.#state = undefined
    if (state === undefined) return
    if (state.reader.connection !== state.writer.connection) state.reader.connection.db.close()
    state.writer.connection.db.close()
  }

  get #opened(): OpenState {
    if (this.#state === undefined) throw new AnnalsError("CLOSED", "the store isn't open")
    return this.#state
  }

  async #open(): Promise<OpenState> {
    const { writer, reader } = await openDatabase(this.#settings, this.#clock)
    const write = this.#writeAccess(writer)
    const connection = writer === reader ? write.connection : new Connection(reader)
    return { writer: write, reader: { connection, names: new Names(connection, this.#committedNames) } }
  }

  #writeAccess(db: DatabaseSync): WriteAccess {
    const connection = new Connection(db)
    const staged = stageNames(this.#committedNames)
    return { connection, staged, names: new Names(connection, staged.maps) }
  }

  async #runGroup<Result>(work: () => Result): Promise<Result> {
    const { writer } = this.#opened
    await this.#begin(writer)
    try {
      const result = work()
      this.#commit(writer)
      return result
    } catch (error) {
      this.#rollback(writer)
      throw this.translate(error)
    }
  }

  async #begin({ connection, staged }: WriteAccess): Promise<void> {
    staged.drop()
    try {
      connection.run("BEGIN IMMEDIATE")
    } catch (error) {
      await this.#retry(error, () => connection.run("BEGIN IMMEDIATE"))
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

  #readAccess(): Access {
    const { reader, writer } = this.#opened
    if (!this.#settings.inMemory || this.#openUnit === undefined) return reader
    writer.staged.drop()
    return writer
  }

  #mustWaitToRead(): boolean {
    return (
      this.#settings.inMemory && this.#openUnit !== undefined && this.#unitOfWork.getStore() !== this.#openUnit
    )
  }

  #dataVersion(): number | undefined {
    return this.#state?.reader.connection.get<[number]>("PRAGMA data_version")?.[0]
  }
}
