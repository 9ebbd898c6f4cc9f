import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

const versionKey = nameKey("$1", "$2", "$3", "$4", "$5", "$6")

/** $1 tenant, $2 consumer, $3 source, $4 stream's tenant, $5 category, $6 stream's id, $7 version. A row: it is taken. */
export const takeVersion: Statement = {
  name: "take-version",
  text: `
  INSERT INTO {schema}.inbox_versions AS taken (key, version, tenant, consumer, source, stream_tenant, category, stream_id)
  VALUES (${versionKey}, $7, $1, $2, $3, $4, $5, $6)
  ON CONFLICT (key) DO UPDATE SET version = excluded.version WHERE taken.version < excluded.version
  RETURNING 1`,
}

/** $1 tenant, $2 consumer, $3 source, $4 stream's tenant, $5 category, $6 stream's id */
export const lastVersion: Statement = {
  name: "last-version",
  text: `SELECT version FROM {schema}.inbox_versions WHERE key = ${versionKey}`,
}

/** $1 tenant, $2 consumer, $3 event id, $4 expires at. A row: it is taken. */
export const takeEvent: Statement = {
  name: "take-event",
  text: `
  INSERT INTO {schema}.inbox_events (consumer_key, event_id, expires_at, tenant, consumer)
  VALUES (${nameKey("$1", "$2")}, $3, $4, $1, $2)
  ON CONFLICT DO NOTHING RETURNING 1`,
}

/** $1 tenant, $2 now */
export const purgeEvents: Statement = {
  name: "purge-events",
  text: `
  WITH gone AS (
    DELETE FROM {schema}.inbox_events
    WHERE left(tenant, 600) = left($1::text, 600) AND tenant = $1 AND expires_at <= $2::bigint RETURNING 1
  )
  SELECT count(*) FROM gone`,
}
