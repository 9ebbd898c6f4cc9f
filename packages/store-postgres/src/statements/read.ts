import type { Statement } from "../sql/statement.ts"

/** What is read of an event, in the order of `EventRow`. */
const eventColumns = `e.position, e.version, e.event_id, e.type, e.schema_version, e.tags, e.correlation_id, e.causation_id,
      e.metadata, e.occurred_at, e.recorded_at, e.encoding, e.hash, e.body, e.bytes`

/** The same, and the stream: in the order of `LogRow`. */
export const logColumns = `${eventColumns}, e.tenant, e.category, e.stream_id`

/** $1 key of the category, $2 tenant, $3 category, $4 id. */
const ofStream = `(
        SELECT s.stream FROM {schema}.streams s
          WHERE s.category_key = $1::bigint AND s.id_start = left($4::text, 600)
            AND (CASE WHEN length(s.id) > 600 THEN md5(s.id) ELSE '' END) = {schema}.digest_of_long($4::text) AND s.tenant = $2::text AND s.category = $3::text
      )`

/** $1–$4 the stream, $5 exclusive bound, $6 limit. */
export const readStreamForward: Statement = {
  name: "read-stream-forward",
  text: `SELECT ${eventColumns} FROM {schema}.events e
      WHERE e.stream = ${ofStream} AND e.version > $5::bigint ORDER BY e.version LIMIT $6::bigint`,
}

/** $1–$4 the stream, $5 exclusive bound, $6 limit. */
export const readStreamBackward: Statement = {
  name: "read-stream-backward",
  text: `SELECT ${eventColumns} FROM {schema}.events e
      WHERE e.stream = ${ofStream} AND e.version < $5::bigint ORDER BY e.version DESC LIMIT $6::bigint`,
}

/** $1–$4 the stream. */
export const streamVersion: Statement = {
  name: "stream-version",
  text: `SELECT e.version FROM {schema}.events e WHERE e.stream = ${ofStream} ORDER BY e.version DESC LIMIT 1`,
}

export const settledPosition: Statement = {
  name: "settled-position",
  text: "SELECT {schema}.settled_position()",
}

/** How far the log may have become longer: for who need not see what came. */
export const settledDraws: Statement = {
  name: "settled-draws",
  text: "SELECT {schema}.settled_draws()",
}

/** $1 exclusive lower bound, $2 limit. */
export const readLogForward: Statement = {
  name: "read-log-forward",
  text: `SELECT ${logColumns} FROM {schema}.events e WHERE e.position > $1::bigint ORDER BY e.position LIMIT $2::bigint`,
}

export const listKinds: Statement = {
  name: "list-kinds",
  text: "SELECT kind, category, type FROM {schema}.list_kinds()",
}

/** $1 key of the tenant, $2 ids. */
export const findEvents: Statement = {
  name: "find-events",
  text: `SELECT ${logColumns} FROM unnest($2::uuid[]) AS given (id)
      JOIN {schema}.events e ON e.event_id = given.id AND e.tenant_key = $1::bigint`,
}

/** The categories of each tenant, by leaps through the index of streams. */
export const listCategories: Statement = {
  name: "list-categories",
  text: `WITH RECURSIVE leap AS (
      (SELECT s.category_key, s.tenant, s.category FROM {schema}.streams s ORDER BY s.category_key LIMIT 1)
      UNION ALL
      SELECT next.category_key, next.tenant, next.category FROM leap
        CROSS JOIN LATERAL (
          SELECT s.category_key, s.tenant, s.category FROM {schema}.streams s
            WHERE s.category_key > leap.category_key ORDER BY s.category_key LIMIT 1
        ) next
    )
    SELECT tenant, category, category_key FROM leap ORDER BY tenant, category`,
}

/** $1 key of the category, $2 id that they come after, $3 limit. */
export const listStreamsOfCategory: Statement = {
  name: "list-streams-of-category",
  text: `SELECT s.id,
      (SELECT e.version FROM {schema}.events e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1)
    FROM {schema}.streams s
    WHERE s.category_key = $1::bigint AND s.id_start >= left($2::text, 600) AND s.id > $2::text
    ORDER BY s.id_start, s.id LIMIT $3::bigint`,
}

/** Which of the tags, counted from 1, leads to the fewest events; more than a thousand aren't counted. $1 keys, $2 above, $3 below. */
export const rarestTag: Statement = {
  name: "rarest-tag",
  text: `SELECT given.n FROM unnest($1::bigint[]) WITH ORDINALITY AS given (key, n)
      ORDER BY {schema}.count_tagged(given.key, $2::bigint, $3::bigint) LIMIT 1`,
}
