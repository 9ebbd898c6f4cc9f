import type { DatabaseSync, StatementSync } from "node:sqlite"
import { openDatabase } from "./open-database.ts"
import type { PlainEvent } from "./plain-event.ts"

const schema = `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT
`

/** No event store: one table, one INSERT for each event, nothing checked. As little as can be done. */
export class PlainInsertFile implements Disposable {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #insert: StatementSync
  readonly #read: StatementSync

  constructor(file: string) {
    this.#database = openDatabase(file, schema)
    this.#begin = this.#database.prepare("BEGIN IMMEDIATE")
    this.#commit = this.#database.prepare("COMMIT")
    this.#insert = this.#database.prepare(
      "INSERT INTO events (stream, type, recorded_at, data, metadata) VALUES (?, ?, ?, ?, ?)",
    )
    this.#read = this.#database.prepare(
      "SELECT * FROM events WHERE position > ? ORDER BY position LIMIT 1000",
    )
  }

  /** In one durable transaction. */
  append(stream: string, events: readonly PlainEvent[]): void {
    this.#begin.run()
    for (const { type, data, metadata } of events) {
      this.#insert.run(stream, type, Date.now(), JSON.stringify(data), JSON.stringify(metadata))
    }
    this.#commit.run()
  }

  /** All rows, parsed, a page at a time. */
  *readAll(): Generator<{ readonly data: unknown; readonly metadata: unknown }[]> {
    for (
      let rows = this.#read.all(0);
      rows.length > 0;
      rows = this.#read.all(rows.at(-1)?.position as number)
    ) {
      yield rows.map((row) => ({
        ...row,
        data: JSON.parse(row.data as string),
        metadata: JSON.parse(row.metadata as string),
      }))
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
