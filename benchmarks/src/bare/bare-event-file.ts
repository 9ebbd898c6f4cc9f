import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { NameTable } from "./name-table.ts"
import { openDatabase } from "./open-database.ts"
import type { PlainAppend, PlainEvent, PlainRecorded } from "./plain-event.ts"
import { kindName, type LogRow, type Row, RowReader, rowColumns } from "./recorded-row.ts"
import { RowInserter } from "./row-inserter.ts"
import { schema } from "./schema.ts"
import { timeOrderedIds } from "./time-ordered-id.ts"

const tenant = ""
const pageEvents = 1000
const eventColumns = ["stream", "recorded_at", "version", "id", "kind", "data", "metadata", "tags"]

/** An event store's whole work in one file, as directly and as fast as `node:sqlite` lets us write it. */
export class BareEventFile implements Disposable {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  readonly #findStream: StatementSync
  readonly #addStream: StatementSync
  readonly #readStream: StatementSync
  readonly #readAll: StatementSync
  readonly #events: RowInserter
  readonly #tags: RowInserter
  readonly #names: NameTable
  readonly #rows: RowReader
  readonly #nextId = timeOrderedIds()

  constructor(file: string) {
    const database = openDatabase(file, schema)
    this.#database = database
    this.#begin = database.prepare("BEGIN IMMEDIATE")
    this.#commit = database.prepare("COMMIT")
    this.#rollback = database.prepare("ROLLBACK")
    this.#findStream = database.prepare(
      `SELECT ref, (SELECT max(version) FROM events WHERE stream = ref) AS version
       FROM streams WHERE tenant = ? AND category = ? AND id = ?`,
    )
    this.#addStream = database.prepare("INSERT INTO streams (tenant, category, id) VALUES (?, ?, ?)")
    this.#readStream = arrays(
      database.prepare(
        `SELECT ${rowColumns} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?`,
      ),
    )
    this.#readAll = arrays(
      database.prepare(
        `SELECT ${rowColumns}, category, streams.id FROM events JOIN streams ON ref = stream
         WHERE position > ? ORDER BY position LIMIT ?`,
      ),
    )
    this.#events = new RowInserter(database, "events", eventColumns)
    this.#tags = new RowInserter(database, "tags", ["tag", "position"])
    this.#names = new NameTable(database)
    this.#rows = new RowReader(this.#names)
  }

  /** Appends to each stream in one durable transaction, or to none. Returns the last position. */
  append(appends: readonly PlainAppend[]): number {
    const now = Date.now()
    this.#begin.run()
    try {
      let position = 0
      for (const append of appends) position = this.#appendToStream(append, now)
      this.#commit.run()
      return position
    } catch (error) {
      this.#rollback.run()
      this.#names.forget()
      throw error
    }
  }

  /** A stream's events from the first on, a page at a time. */
  *readStream(category: string, id: string): Generator<PlainRecorded[]> {
    const stream = { category, id }
    const ref = this.#findStream.get(tenant, category, id)?.ref as number
    for (let after = 0, more = true; more; ) {
      const rows = this.#readStream.all(ref, after, pageEvents) as unknown as Row[]
      const page = rows.map((row) => this.#rows.read(row, stream))
      yield page
      after = page.at(-1)?.version ?? after
      more = page.length === pageEvents
    }
  }

  /** All events in the order of positions, a page at a time. */
  *readAll(): Generator<PlainRecorded[]> {
    for (let after = 0, more = true; more; ) {
      const rows = this.#readAll.all(after, pageEvents) as unknown as readonly LogRow[]
      const page = rows.map((row) => this.#rows.read(row, { category: row[9], id: row[10] }))
      yield page
      after = page.at(-1)?.position ?? after
      more = page.length === pageEvents
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #appendToStream({ category, id, expected, events }: PlainAppend, now: number): number {
    const found = this.#findStream.get(tenant, category, id) as { ref: number; version: number } | undefined
    const before = found?.version ?? 0
    if (expected !== undefined && expected !== before) throw new Error(`conflict: ${before}, not ${expected}`)
    const ref = found?.ref ?? Number(this.#addStream.run(tenant, category, id).lastInsertRowid)
    return this.#insertEvents(ref, before, events, now)
  }

  #insertEvents(ref: number, before: number, events: readonly PlainEvent[], now: number): number {
    const values: SQLInputValue[] = []
    let version = before
    for (const { type, data, metadata, tags } of events) {
      values.push(ref, now, ++version, this.#nextId(), this.#names.refOf(kindName(type)))
      values.push(JSON.stringify(data), JSON.stringify(metadata), this.#tagRefs(tags))
    }
    const last = this.#events.insert(values)
    this.#insertTags(events, last - events.length + 1)
    return last
  }

  /** What an event's row keeps of its tags. */
  #tagRefs(tags: readonly string[]): string | null {
    return tags.length === 0 ? null : tags.map((tag) => this.#names.refOf(tag)).join(" ")
  }

  #insertTags(events: readonly PlainEvent[], firstPosition: number): void {
    const values: number[] = []
    events.forEach(({ tags }, index) => {
      for (const tag of tags) values.push(this.#names.refOf(tag), firstPosition + index)
    })
    this.#tags.insert(values)
  }
}

/** Rows as arrays are read twice as fast as rows as objects. */
function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true)
  return statement
}
