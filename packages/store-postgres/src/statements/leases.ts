import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

/** $1 tenant, $2 group, $3 owner, $4 milliseconds to live */
export const heartbeat: Statement = {
  name: "heartbeat",
  text: "SELECT owner, resource, fence, now FROM {schema}.heartbeat($1, $2, $3, $4::bigint)",
}

/** $1 tenant, $2 group */
export const inspectLeases: Statement = {
  name: "inspect-leases",
  text: "SELECT owner, resource, fence, now FROM {schema}.inspect_leases($1, $2)",
}

/** $1 tenant, $2 group, $3 owner, $4 resources */
export const acquireLeases: Statement = {
  name: "acquire-leases",
  text: "SELECT resource, owner, fence FROM {schema}.acquire_leases($1, $2, $3, $4::text[])",
}

/** Waits for units of work that rely on one of them. */
function releasing(lockable: string): string {
  return `locked AS (
    SELECT l.group_key, l.resource_key FROM {schema}.leases l
    WHERE l.group_key = ${nameKey("$1", "$2")} AND l.owner = $3${lockable}
    ORDER BY l.resource_key FOR UPDATE
  ), released AS (
    UPDATE {schema}.leases l SET owner = NULL FROM locked
    WHERE l.group_key = locked.group_key AND l.resource_key = locked.resource_key
  )`
}

/** $1 tenant, $2 group, $3 owner, $4 resources */
export const releaseLeases: Statement = {
  name: "release-leases",
  text: `
  WITH ${releasing(" AND l.resource = ANY ($4::text[])")}
  SELECT`,
}

/** $1 tenant, $2 group, $3 owner */
export const leaveGroup: Statement = {
  name: "leave-group",
  text: `
  WITH ${releasing("")}
  DELETE FROM {schema}.lease_owners WHERE group_key = ${nameKey("$1", "$2")} AND owner_key = ${nameKey("$3::text")}`,
}

/** $1 tenant; $2 groups, $3 resources, $4 owners, $5 numbers */
export const holdLeases: Statement = {
  name: "hold-leases",
  text: "SELECT {schema}.hold_leases($1, $2::text[], $3::text[], $4::text[], $5::bigint[])",
}
