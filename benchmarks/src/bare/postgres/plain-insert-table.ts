import type { Pool } from "pg"
import type { PlainEvent } from "../plain-event.ts"
import { ownTypes } from "./own-types.ts"

const table = `
  CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at bigint NOT NULL,
    stream text NOT NULL,
    type text NOT NULL,
    data text NOT NULL,
    metadata text NOT NULL
  )
`
const columns = "stream, type, recorded_at, data, metadata"
const pageEvents = 1000

type Row = [
  position: number,
  stream: string,
  type: string,
  recordedAt: number,
  data: string,
  metadata: string,
]

/** No event store: one table, one INSERT of several rows, nothing checked. As little as can be done. */
export class PlainInsertTable {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async create(): Promise<void> {
    await this.#pool.query(table)
  }

  async append(stream: string, events: readonly PlainEvent[]): Promise<void> {
    const now = Date.now()
    const values = events.flatMap(({ type, data, metadata }) => [
      stream,
      type,
      now,
      JSON.stringify(data),
      JSON.stringify(metadata),
    ])
    await this.#pool.query({ name: `insert-${events.length}`, text: insertOf(events.length), values })
  }

  /** All rows, parsed, a page at a time. */
  async *readAll(): AsyncGenerator<{ readonly data: unknown; readonly metadata: unknown }[]> {
    const text = `SELECT position, ${columns} FROM events WHERE position > $1 ORDER BY position LIMIT ${pageEvents}`
    for (let after = 0, more = true; more; ) {
      const query = { name: "read-all", text, values: [after], rowMode: "array", types: ownTypes }
      const { rows } = await this.#pool.query<Row>(query as never)
      yield rows.map(([position, stream, type, recordedAt, data, metadata]) => ({
        position,
        stream,
        type,
        recordedAt,
        data: JSON.parse(data),
        metadata: JSON.parse(metadata),
      }))
      after = rows.at(-1)?.[0] ?? after
      more = rows.length === pageEvents
    }
  }
}

const texts = new Map<number, string>()

/** The statement for so many rows, made once. */
function insertOf(count: number): string {
  let text = texts.get(count)
  if (text === undefined) {
    const row = (_: unknown, index: number) =>
      `(${[1, 2, 3, 4, 5].map((column) => `$${index * 5 + column}`)})`
    text = `INSERT INTO events (${columns}) VALUES ${Array.from({ length: count }, row)}`
    texts.set(count, text)
  }
  return text
}
