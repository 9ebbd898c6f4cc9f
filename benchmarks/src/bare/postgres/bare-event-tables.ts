import type { Pool } from "pg"
import type { PlainAppend } from "../plain-event.ts"
import { appendStatement, type StreamRow } from "./append-statements.ts"
import { columnsOf, eventSerializer } from "./event-values.ts"
import { ownTypes } from "./own-types.ts"
import { type RecordedEvent, type Row, rowColumns, rowReader } from "./recorded-row.ts"
import { tables } from "./tables.ts"

const tenant = ""
const pageEvents = 1000

const statements = Object.fromEntries(
  (["new", "any", "exact"] as const).map((stream) => [
    stream,
    { one: appendStatement(stream, "one"), many: appendStatement(stream, "many") },
  ]),
) as Record<StreamRow, Record<"one" | "many", ReturnType<typeof appendStatement>>>

const readAll = {
  name: "read-all",
  text: `SELECT ${rowColumns} FROM events JOIN streams ON ref = stream WHERE position > $1 ORDER BY position LIMIT ${pageEvents}`,
}

/** An event store's whole work in tables, as directly and as fast as `pg` lets us write it. */
export class BareEventTables {
  readonly #pool: Pool
  readonly #serialize = eventSerializer()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async create(): Promise<void> {
    await this.#pool.query(tables)
  }

  /** Appends in one statement, all or nothing. Returns the last position. */
  async append(append: PlainAppend): Promise<number> {
    const { category, id, expected, events } = append
    const stream = expected === undefined ? "any" : expected === 0 ? "new" : "exact"
    const rows = events.map(this.#serialize)
    const many = events.length > 1
    const { rows: result } = await this.#pool.query<[number | null]>({
      ...statements[stream][many ? "many" : "one"],
      values: [
        tenant,
        category,
        id,
        events.length,
        ...(stream === "exact" ? [expected] : []),
        Date.now(),
        ...(many ? columnsOf(rows) : (rows[0] as unknown[])),
      ],
      rowMode: "array",
      types: ownTypes,
    } as never)
    const position = result[0]?.[0]
    if (position == null) throw await this.#conflict(append)
    return position
  }

  /** All events in the order of positions, a page at a time. */
  async *readAll(): AsyncGenerator<RecordedEvent[]> {
    const readRow = rowReader()
    for (let after = 0, more = true; more; ) {
      const query = { ...readAll, values: [after], rowMode: "array", types: ownTypes }
      const { rows } = await this.#pool.query<Row & unknown[]>(query as never)
      const page = rows.map(readRow)
      yield page
      after = page.at(-1)?.position ?? after
      more = page.length === pageEvents
    }
  }

  async #conflict({ category, id, expected }: PlainAppend): Promise<Error> {
    const { rows } = await this.#pool.query(
      "SELECT version FROM streams WHERE tenant = $1 AND category = $2 AND id = $3",
      [tenant, category, id],
    )
    return new Error(`conflict: ${rows[0]?.version ?? 0}, not ${expected}`)
  }
}
