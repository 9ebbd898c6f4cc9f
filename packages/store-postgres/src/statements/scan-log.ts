import type { EventKey } from "../events/event-keys.ts"
import type { SqlValue } from "../sql/sql-runner.ts"
import type { Statement } from "../sql/statement.ts"
import { logColumns } from "./read.ts"

/** A part of the log to look through, and what must hold of its events. What is `undefined` isn't asked for. */
export interface LogScan {
  readonly direction: "forward" | "backward"
  /** Exclusive, both. */
  readonly above: number
  readonly below: number
  readonly limit: number
  readonly tenant?: string | undefined
  readonly slots?: readonly number[] | undefined
  readonly kinds?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly correlationId?: string | undefined
}

/** How a scan goes: by the index that has to look at the fewest events. Tags and correlations are found by their keys. */
export type ScanPath =
  | { readonly by: "position" }
  | { readonly by: "kinds" }
  | { readonly by: "tag"; readonly key: EventKey }
  | { readonly by: "correlation"; readonly key: EventKey }

/** A scan as a statement: each combination has one of its own, planned for just that. */
export function scanLog(
  scan: LogScan,
  path: ScanPath,
): { readonly statement: Statement; readonly values: readonly SqlValue[] } {
  const values: SqlValue[] = []
  const parameter = (value: SqlValue, type: string) => `$${values.push(value)}::${type}`
  const above = parameter(scan.above, "bigint")
  const below = parameter(scan.below, "bigint")
  const limit = parameter(scan.limit, "bigint")
  const kinds = scan.kinds && parameter([...scan.kinds], "bigint[]")
  const key = "key" in path ? parameter(path.key.bytes, "bigint") : ""
  const filters = {
    tenant: scan.tenant !== undefined && `e.tenant = ${parameter(scan.tenant, "text")}`,
    slots: scan.slots && `e.slot = ANY (${parameter([...scan.slots], "smallint[]")})`,
    kinds: path.by !== "kinds" && kinds && `e.kind = ANY (${kinds})`,
    tags: scan.tags && `e.tags @> ${parameter([...scan.tags], "text[]")}`,
    correlation: scan.correlationId && `e.correlation_id = ${parameter(scan.correlationId, "text")}`,
  }
  const asked = Object.entries(filters).filter(([, filter]) => filter)
  const and = asked.map(([, filter]) => ` AND ${filter}`).join("")
  const by = scan.direction === "forward" ? "" : " DESC"
  const between = (column: string) => `${column} > ${above} AND ${column} < ${below}`
  // Compared as rows: with `column = …` the index of positions gives the order as well, and the planner may go through all of it.
  const within = (column: string, key: string, position: string) =>
    `(${column}, ${position}) > (${key}, ${above}) AND (${column}, ${position}) < (${key}, ${below})`
  const texts = {
    position: () => `SELECT ${logColumns} FROM {schema}.events e
      WHERE ${between("e.position")}${and} ORDER BY e.position${by} LIMIT ${limit}`,
    correlation: () => `SELECT ${logColumns} FROM {schema}.events e
      WHERE e.correlation_key IS NOT NULL AND ${within("e.correlation_key", key, "e.position")}${and}
      ORDER BY e.correlation_key${by}, e.position${by} LIMIT ${limit}`,
    kinds: () => `SELECT ${logColumns} FROM {schema}.events e
      WHERE e.position = ANY (ARRAY(
        SELECT ahead.position FROM unnest(${kinds}) AS given (kind)
          CROSS JOIN LATERAL (
            SELECT e.position FROM {schema}.events e WHERE ${within("e.kind", "given.kind", "e.position")}${and}
              ORDER BY e.kind${by}, e.position${by} LIMIT ${limit}
          ) ahead
          ORDER BY ahead.position${by} LIMIT ${limit}
      )) ORDER BY e.position${by}`,
    // Also what doesn't match comes, as an empty row: to know how far it went.
    tag: () => `SELECT ${logColumns.replace("e.position", "t.position")} FROM (
        (SELECT e.position FROM {schema}.events e
          WHERE e.first_tag IS NOT NULL AND ${within("e.first_tag", key, "e.position")}
          ORDER BY e.first_tag${by}, e.position${by} LIMIT ${limit})
        UNION ALL
        (SELECT t.position FROM {schema}.event_tags t WHERE ${within("t.tag", key, "t.position")}
          ORDER BY t.tag${by}, t.position${by} LIMIT ${limit})
        ORDER BY position${by} LIMIT ${limit}
      ) t LEFT JOIN {schema}.events e ON e.position = t.position${and} ORDER BY t.position${by}`,
  }
  // Short: PostgreSQL cuts names off behind 63 bytes, and two statements could become one.
  const name = ["scan", scan.direction, path.by, ...asked.map(([filter]) => filter.slice(0, 2))].join("-")
  return { statement: { name, text: texts[path.by]() }, values }
}
