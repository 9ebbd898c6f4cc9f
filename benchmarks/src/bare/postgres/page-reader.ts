import type { ClientBase, Pool } from "pg"
import { ownTypes } from "./own-types.ts"
import { type RecordedEvent, type Row, rowColumns, rowReader } from "./recorded-row.ts"

/** Reads events a page at a time, wherever it is told to. */
export function pageReader(
  client: Pool | ClientBase,
  pageEvents: number,
): (after: number) => Promise<RecordedEvent[]> {
  const name = `read-page-${pageEvents}`
  const text = `SELECT ${rowColumns} FROM events JOIN streams ON ref = stream WHERE position > $1 ORDER BY position LIMIT ${pageEvents}`
  const readRow = rowReader()
  return async (after) => {
    const query = { name, text, values: [after], rowMode: "array", types: ownTypes }
    const { rows } = await client.query<Row & unknown[]>(query as never)
    return rows.map(readRow)
  }
}
