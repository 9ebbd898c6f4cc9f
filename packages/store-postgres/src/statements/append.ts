import type { Statement } from "../sql/statement.ts"

const appendParameters = 44
const appendOneParameters = 33

/** Its parameters are those of the function, in their order. */
export const append: Statement = {
  name: "append",
  text: `SELECT outcomes, details, places, first_versions, positions FROM {schema}.append(${parameters(appendParameters)})`,
}

/** Its parameters are those of the function, in their order. */
export const appendOne: Statement = {
  name: "append-one",
  text: `SELECT {schema}.append_one(${parameters(appendOneParameters)})`,
}

/** The same, bound to a tenant: what stands behind FROM comes first. Behind the function's parameters, a `tenantSetting`. */
export const appendBound: Statement = {
  name: "append-bound",
  text: `SELECT (answer).outcomes, (answer).details, (answer).places, (answer).first_versions, (answer).positions FROM (
      SELECT {schema}.append(${parameters(appendParameters)}) AS answer FROM set_config('annals.tenant', $${appendParameters + 1}, true) OFFSET 0
    ) answers`,
}

/** The same, bound to a tenant. Behind the function's parameters, a `tenantSetting`. */
export const appendOneBound: Statement = {
  name: "append-one-bound",
  text: `SELECT {schema}.append_one(${parameters(appendOneParameters)}) FROM set_config('annals.tenant', $${appendOneParameters + 1}, true)`,
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
