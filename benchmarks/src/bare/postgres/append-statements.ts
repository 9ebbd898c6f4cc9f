import type { QueryConfig } from "pg"

/** What becomes of the stream's row: one row with its reference and the version before, or none where the version isn't the expected one. */
const streamRow = {
  // $1 tenant, $2 category, $3 id, $4 number of events
  new: `INSERT INTO streams (tenant, category, id, version) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING ref, 0 AS before`,
  any: `INSERT INTO streams (tenant, category, id, version) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant, category, id) DO UPDATE SET version = streams.version + $4 RETURNING ref, version - $4 AS before`,
  // $5 the version that the stream must be at
  exact: `UPDATE streams SET version = version + $4
    WHERE tenant = $1 AND category = $2 AND id = $3 AND version = $5 RETURNING ref, version - $4 AS before`,
}

const columns = `stream, version, occurred_at, recorded_at, tenant,
  schema_version, id, type, correlation_id, causation_id, metadata, data, tags`

/** Which stream row an append needs. */
export type StreamRow = keyof typeof streamRow

/** An append as one statement, which both checks and writes; it is prepared once in each connection. */
export function appendStatement(
  stream: StreamRow,
  events: "one" | "many",
): Required<Pick<QueryConfig, "name" | "text">> {
  // $n recorded at, then the columns of events: a value each of one event, an array each of many
  const first = stream === "exact" ? 6 : 5
  const parameter = (offset: number, type: string) => `$${first + offset}::${type}`
  const at = parameter(0, "bigint")
  const types = ["int", "uuid", "text", "text", "uuid", "text", "text"]
  const one = `SELECT ref, before + 1, ${at}, ${at}, $1, ${types.map((type, index) => parameter(index + 1, type))}, ${parameter(8, "text[]")}
    FROM stream`
  // Arrays of arrays must be of equal length: each event's tags come as the text of an array.
  const many = `SELECT ref, before + ordinality, ${at}, ${at}, $1, c1, c2, c3, c4, c5, c6, c7, c8::text[]
    FROM stream, unnest(${types.map((type, index) => parameter(index + 1, `${type}[]`))}, ${parameter(8, "text[]")})
      WITH ORDINALITY AS event (c1, c2, c3, c4, c5, c6, c7, c8, ordinality)
    ORDER BY ordinality`
  const rows = events === "one" ? one : many
  return {
    name: `append-${events}-${stream}`,
    text: `WITH stream AS (${streamRow[stream]}),
      inserted AS (INSERT INTO events (${columns}) ${rows} RETURNING position)
      SELECT max(position) FROM inserted`,
  }
}
