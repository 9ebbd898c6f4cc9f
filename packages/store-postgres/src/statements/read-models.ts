import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

const isModel = `model_key = ${nameKey("$1", "$2")}`
const isRow = `${isModel} AND id_start = left($3::text, 600)
  AND {schema}.digest_of_long(id) = {schema}.digest_of_long($3::text) AND id = $3`

const isRowOf = (id: string) => `r.${isModel} AND r.id_start = left(${id}, 600)
    AND {schema}.digest_of_long(r.id) = {schema}.digest_of_long(${id}) AND r.id = ${id}`

/** $1 tenant, $2 model, $3 id */
export const getRow: Statement = {
  name: "get-row",
  text: `SELECT id, version, value FROM {schema}.read_models WHERE ${isRow}`,
}

/**
 * $1 tenant, $2 model, $3 ids. Looked up one by one (`OFFSET 0` keeps the planner from a join): before the first ANALYZE it takes the table for tiny,
 * and would look at all of the model.
 */
export const getRows: Statement = {
  name: "get-rows",
  text: `
  SELECT r.id, r.version, r.value FROM unnest($3::text[]) AS wanted (id)
  CROSS JOIN LATERAL (
    SELECT r.id, r.version, r.value FROM {schema}.read_models r WHERE ${isRowOf("wanted.id")} OFFSET 0
  ) r`,
}

const insert = `
  INSERT INTO {schema}.read_models AS r (model_key, version, tenant, model, id, value, fields)
  VALUES (${nameKey("$1", "$2")}, 1, $1, $2, $3, $4, $5::jsonb)`

/** $1 tenant, $2 model, $3 id, $4 value, $5 fields */
export const saveRow: Statement = {
  name: "save-row",
  text: `${insert}
  ON CONFLICT (model_key, id_start, {schema}.digest_of_long(id)) DO UPDATE
    SET version = r.version + 1, value = excluded.value, fields = excluded.fields WHERE r.id = excluded.id
  RETURNING version`,
}

/** $1 tenant, $2 model, $3 id, $4 value, $5 fields */
export const insertRow: Statement = {
  name: "insert-row",
  text: `${insert}
  ON CONFLICT DO NOTHING RETURNING version`,
}

/** $1 tenant, $2 model, $3 id, $4 value, $5 fields, $6 version expected */
export const updateRow: Statement = {
  name: "update-row",
  text: `
  UPDATE {schema}.read_models SET version = version + 1, value = $4, fields = $5::jsonb
  WHERE ${isRow} AND version = $6::bigint RETURNING version`,
}

/**
 * $1 tenant, $2 model; of documents: $3 ids, $4 values, $5 fields, $6 versions expected. Returns id and version of those that were saved. Rows are
 * locked in the order of their ids, so that two of these wait for each other, and never in a circle. One by one, as in `getRows`; who holds a
 * row's lock may write it by its place.
 */
export const saveRows: Statement = {
  name: "save-rows",
  text: `
  WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[]) AS w (id, value, fields, expected)
  ), inserted AS (
    INSERT INTO {schema}.read_models (model_key, version, tenant, model, id, value, fields)
    SELECT ${nameKey("$1", "$2")}, 1, $1, $2, w.id, w.value, w.fields::jsonb FROM wanted w WHERE w.expected = 0
    ORDER BY w.id COLLATE "C"
    ON CONFLICT DO NOTHING RETURNING id, version
  ), locked AS (
    SELECT found.place FROM (SELECT * FROM wanted WHERE expected > 0 ORDER BY id COLLATE "C") w
    CROSS JOIN LATERAL (
      SELECT r.ctid AS place FROM {schema}.read_models r
      WHERE ${isRowOf("w.id")} AND r.version = w.expected OFFSET 0 FOR UPDATE OF r
    ) found
  ), updated AS (
    UPDATE {schema}.read_models r SET version = r.version + 1, value = w.value, fields = w.fields::jsonb
    FROM wanted w WHERE r.ctid = ANY (ARRAY(SELECT place FROM locked)) AND w.id = r.id RETURNING r.id, r.version
  )
  SELECT id, version FROM inserted UNION ALL SELECT id, version FROM updated`,
}

/** $1 tenant, $2 model, $3 id. A row: it was there. */
export const deleteRow: Statement = {
  name: "delete-row",
  text: `DELETE FROM {schema}.read_models WHERE ${isRow} RETURNING 1`,
}

/** $1 tenant, $2 model */
export const clearModel: Statement = {
  name: "clear-model",
  text: `
  WITH gone AS (DELETE FROM {schema}.read_models WHERE ${isModel} RETURNING 1) SELECT count(*) FROM gone`,
}

/** $1 tenant, $2 model from, $3 model to */
export const replaceModel: Statement = {
  name: "replace-model",
  text: "SELECT {schema}.replace_read_model($1, $2, $3)",
}

/** A field of a query: its place in the order of values, and what it is compared by. */
export interface FieldColumns {
  /** 0 missing or null, 1 false, 2 true, 3 number, 4 text, 5 array or object. */
  readonly rank: string
  /** Null unless it is a number. */
  readonly number: string
  /** Null unless it is text. */
  readonly text: string
}

/** The columns of the field that `fieldSource` of the same index computes. */
export function fieldColumns(index: number): FieldColumns {
  return { rank: `f${index}.rank`, number: `f${index}.number`, text: `f${index}.text` }
}

/** Computed once for each row: without OFFSET the planner would write it out wherever it is used. */
function fieldSource(path: string, index: number): string {
  return `
  CROSS JOIN LATERAL (
    SELECT
      CASE jsonb_typeof(found.value) WHEN 'boolean' THEN CASE WHEN found.value = 'true'::jsonb THEN 2 ELSE 1 END
        WHEN 'number' THEN 3 WHEN 'string' THEN 4 WHEN 'array' THEN 5 WHEN 'object' THEN 5 ELSE 0 END AS rank,
      CASE WHEN jsonb_typeof(found.value) = 'number' THEN (found.value)::numeric END AS number,
      CASE WHEN jsonb_typeof(found.value) = 'string' THEN found.value #>> '{}' END COLLATE "C" AS text
    FROM (SELECT r.fields #> ${path} AS value OFFSET 0) found OFFSET 0
  ) f${index}`
}

/**
 * $1 tenant, $2 model, $3 limit; paths of fields, conditions and order bring their own parameters, from $4. Not prepared: the shapes of
 * queries that a program makes have no bound.
 */
export function findRows(
  paths: readonly string[],
  conditions: readonly string[],
  order: readonly string[],
): Statement {
  return {
    name: "",
    text: `
  SELECT r.id, r.version, r.value FROM {schema}.read_models r${paths.map(fieldSource).join("")}
  WHERE ${[`r.${isModel}`, ...conditions].join("\n    AND ")}
  ORDER BY ${[...order, "r.id_start", "r.id"].join(", ")} LIMIT $3::bigint`,
  }
}
