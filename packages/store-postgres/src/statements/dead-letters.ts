import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

/**
 * $1 tenant, $2 source; of entries: $3 stream's tenants, $4 categories, $5 streams' ids, $6 versions, $7 positions, $8 event ids,
 * $9 types, $10 slots, $11 failures, $12 events, $13 bytes in base 64
 */
export const parkEntries: Statement = {
  name: "park-entries",
  text: `
  SELECT {schema}.park_dead_letters($1, $2, $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::uuid[],
    $9::text[], $10::smallint[], $11::text[], $12::text[], $13::text[])`,
}

export interface DeadLetterShape {
  readonly source: boolean
  readonly stream: boolean
  readonly streamTenant: boolean
  readonly slots: boolean
  readonly status: boolean
}

/** $1 tenant, $2 sequence (exclusive), $3 limit; then, where asked for: source, category, stream's id, stream's tenant, slots, status */
export function listEntries(shape: DeadLetterShape): Statement {
  let next = 4
  const parts: string[] = []
  const conditions = ["left(d.tenant, 600) = left($1::text, 600)", "d.tenant = $1", "d.sequence > $2::bigint"]
  const add = (part: keyof DeadLetterShape, ...added: readonly string[]) => {
    if (!shape[part]) return
    parts.push(part)
    conditions.push(...added)
  }
  if (shape.source) add("source", `d.source_key = ${nameKey("$1", `$${next++}`)}`)
  if (shape.stream) add("stream", `s.category = $${next++}`, `s.stream_id = $${next++}`)
  if (shape.streamTenant) add("streamTenant", `s.stream_tenant = $${next++}`)
  if (shape.slots) add("slots", `d.slot = ANY ($${next++}::smallint[])`)
  if (shape.status) add("status", `s.status = $${next++}`)
  return {
    name: ["list-entries", ...parts].join("-"),
    text: `
  SELECT d.sequence, s.source, s.stream_tenant, s.category, s.stream_id, d.version, d.position, d.event_id, d.type, d.slot,
    s.status, d.failure, d.event, encode(d.bytes, 'base64')
  FROM {schema}.dead_letters d JOIN {schema}.parked_streams s ON s.source_key = d.source_key AND s.stream_key = d.stream_key
  WHERE ${conditions.join(" AND ")} ORDER BY d.sequence LIMIT $3::bigint`,
  }
}

/** $1 tenant, $2 source */
export const countStreams: Statement = {
  name: "count-streams",
  text: `
  SELECT s.stream_tenant, s.category, s.stream_id, max(d.slot), count(*), s.status
  FROM {schema}.parked_streams s JOIN {schema}.dead_letters d ON d.source_key = s.source_key AND d.stream_key = s.stream_key
  WHERE s.source_key = ${nameKey("$1", "$2")}
  GROUP BY s.source_key, s.stream_key ORDER BY s.stream_tenant, s.category, s.stream_id`,
}

/** $1 tenant, $2 source; null where all are meant: $3 category, $4 stream's id, $5 stream's tenant */
export const requeueEntries: Statement = {
  name: "requeue-entries",
  text: "SELECT {schema}.requeue_dead_letters($1, $2, $3, $4, $5)",
}

/** $1 tenant, $2 source, $3 event id, $4 failure */
export const noteFailure: Statement = {
  name: "note-failure",
  text: "SELECT {schema}.replay_failed($1, $2, $3::uuid, $4)",
}

/** $1 tenant, $2 source, $3 event ids */
export const removeEntries: Statement = {
  name: "remove-entries",
  text: "SELECT {schema}.remove_dead_letters($1, $2, $3::uuid[])",
}
