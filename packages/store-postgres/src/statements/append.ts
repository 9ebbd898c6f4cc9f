import type { Statement } from "../sql/statement.ts"

/** Its parameters are those of the function, in their order. */
export const append: Statement = {
  name: "append",
  text: `SELECT outcomes, details, places, first_versions, positions FROM {schema}.append(${parameters(43)})`,
}

/** Its parameters are those of the function, in their order. */
export const appendOne: Statement = {
  name: "append-one",
  text: `SELECT {schema}.append_one(${parameters(33)})`,
}

/** $1 key of the tenant, $2 ids. */
export const findRecordedIds: Statement = {
  name: "find-recorded-ids",
  text: `
    SELECT e.event_id, e.category, e.stream_id, e.version, e.position, e.recorded_at, e.type
      FROM unnest($2::uuid[]) AS given (id) JOIN {schema}.events e
        ON e.event_id = given.id AND e.tenant_key = $1::bigint`,
}

function parameters(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(", ")
}
