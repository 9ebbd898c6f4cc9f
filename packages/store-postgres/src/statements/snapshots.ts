import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

const key = nameKey("$1", "$2", "$3", "$4")

/** $1 tenant, $2 kind, $3 name, $4 id, $5 revision (inclusive) */
export const loadSnapshot: Statement = {
  name: "load-snapshot",
  text: `
  SELECT revision, schema_version, taken_at, encoding, hash, is_text, body, encode(bytes, 'base64') FROM {schema}.snapshots
  WHERE key = ${key} AND revision <= $5::bigint ORDER BY revision DESC LIMIT 1`,
}

/**
 * $1 tenant, $2 kind, $3 name, $4 id, $5 revision, $6 schema version, $7 taken at, $8 encoding, $9 hash, $10 whether it is text,
 * $11 body, $12 bytes. A row: it is saved.
 */
export const saveSnapshot: Statement = {
  name: "save-snapshot",
  text: `
  INSERT INTO {schema}.snapshots (key, revision, schema_version, taken_at, is_text, tenant, kind, name, id, encoding, hash, body, bytes)
  SELECT ${key}, $5::bigint, $6::bigint, $7::bigint, $10::boolean, $1, $2, $3, $4, $8, $9, $11, $12::bytea
  WHERE NOT EXISTS (SELECT FROM {schema}.snapshots WHERE key = ${key} AND revision >= $5::bigint)
  ON CONFLICT DO NOTHING RETURNING 1`,
}

/** $1 tenant, $2 kind, $3 name, $4 id, $5 how many to keep */
export const pruneSnapshots: Statement = {
  name: "prune-snapshots",
  text: `
  WITH gone AS (
    DELETE FROM {schema}.snapshots WHERE key = ${key} AND revision NOT IN (
      SELECT revision FROM {schema}.snapshots WHERE key = ${key} ORDER BY revision DESC LIMIT $5::bigint)
    RETURNING 1
  )
  SELECT count(*) FROM gone`,
}
