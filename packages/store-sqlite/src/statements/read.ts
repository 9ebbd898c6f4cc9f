/** What is read of an event `e`: the columns of `EventRow`. A UUID comes as its digits, other text with a space before it. */
const eventColumns = `
  e.position, e.version, e.kind_ref, e.recorded_at, e.occurred_at, e.metadata,
  CASE typeof(e.correlation) WHEN 'blob' THEN hex(e.correlation) WHEN 'text' THEN ' ' || e.correlation END,
  CASE typeof(e.causation) WHEN 'blob' THEN hex(e.causation) WHEN 'text' THEN ' ' || e.causation END,
  e.tags, e.body, e.hash, hex(e.id)`

/** ?1 stream_ref, ?2 version (exclusive), ?3 limit */
export const readStreamForward = `
  SELECT ${eventColumns}
  FROM stream_runs r CROSS JOIN events e
    ON e.position BETWEEN r.first_position + max(0, ?2 + 1 - r.first_version) AND r.first_position + r.more
  WHERE r.stream_ref = ?1 AND r.first_version >= coalesce(
    (SELECT max(first_version) FROM stream_runs WHERE stream_ref = ?1 AND first_version <= ?2), 0)
  ORDER BY r.first_version, e.position LIMIT ?3`
/** ?1 stream_ref, ?2 version (exclusive), ?3 limit */
export const readStreamBackward = `
  SELECT ${eventColumns}
  FROM stream_runs r CROSS JOIN events e
    ON e.position BETWEEN r.first_position AND r.first_position + min(r.more, ?2 - 1 - r.first_version)
  WHERE r.stream_ref = ?1 AND r.first_version < ?2
  ORDER BY r.first_version DESC, e.position DESC LIMIT ?3`

/** ?1 tenant_ref, ?2 JSON array of ids */
export const findEventsById = `
  SELECT ${eventColumns}, e.stream_ref, s.id
  FROM json_each(?2) given
  CROSS JOIN events e ON e.id = unhex(given.value, '-') AND e.tenant_ref = ?1
  JOIN streams s ON s.ref = e.stream_ref`

/** The last position ever given to an event that is committed. */
export const readHead = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"

/** ?1 JSON array of kind_refs, ?2 segment */
export const nextSegment = `
  SELECT min((SELECT min(segment) FROM kind_segments WHERE kind_ref = k.value AND segment >= ?2)) FROM json_each(?1) k`
/** ?1 JSON array of kind_refs, ?2 segment */
export const previousSegment = `
  SELECT max((SELECT max(segment) FROM kind_segments WHERE kind_ref = k.value AND segment <= ?2)) FROM json_each(?1) k`

/** ?1 JSON array of categories or NULL, ?2 JSON array of types or NULL */
export const findKinds = `
  SELECT k.ref, k.type FROM categories c CROSS JOIN event_kinds k ON k.category_ref = c.ref
  WHERE (?1 IS NULL OR c.name IN (SELECT value FROM json_each(?1)))
    AND (?2 IS NULL OR k.type IN (SELECT value FROM json_each(?2)))`
/** ?1 JSON array of categories or NULL, ?2 JSON array of types or NULL, ?3 tenant_ref */
export const findKindsOfTenant = `${findKinds} AND c.tenant_ref = ?3`
/** How many kinds there are: none ever goes. */
export const countKinds = "SELECT max(ref) FROM event_kinds"

/** ?1 JSON array of tags. In any tenant. */
export const findTags = `
  SELECT g.tenant_ref, g.ref FROM tenants t CROSS JOIN json_each(?1) given
  CROSS JOIN tags g ON g.tenant_ref = t.ref AND g.name = given.value
  ORDER BY t.ref`

/** By what the events of a source are found. */
export type RunTable = "tag" | "correlation"

const keyOf: Readonly<Record<RunTable, string>> = { tag: "tag_ref", correlation: "correlation" }

/**
 * How many events are in the next runs, and where the last of these runs ends. ?1 key, ?2 position (exclusive), ?3 how many runs.
 */
export function nextRuns(table: RunTable, direction: "forward" | "backward"): string {
  const isForward = direction === "forward"
  return `
  SELECT count(*), coalesce(sum(more + 1), 0), ${isForward ? "max(first_position + more)" : "min(first_position)"} FROM (
    SELECT first_position, more FROM ${table}_runs
    WHERE ${keyOf[table]} = ?1 AND first_position ${isForward ? ">" : "<"} ?2
    ORDER BY first_position ${isForward ? "" : "DESC"} LIMIT ?3)`
}

/** What a statement over the log looks through, and what it asks of each event: see `readLog`. */
export interface LogShape {
  readonly direction: "forward" | "backward"
  /** Whole events, or only their positions. */
  readonly columns: "events" | "positions"
  /** Looks through the events of one tag, of one correlation, or all. */
  readonly source: RunTable | "log"
  readonly kinds: boolean
  /** How many tags, besides one that is the source, an event must have. */
  readonly otherTags: number
  readonly slots: boolean
}

/**
 * ?1 first position, ?2 last position (both inclusive), ?3 limit; then, where the shape has them: the source's tag_ref or
 * correlation, JSON array of kind_refs, other tag_refs, bytes with a 1 for each wanted slot.
 *
 * A statement of its own for each shape: `(?1 IS NULL OR …)` would look through the whole table.
 */
export function readLog({ direction, columns, source, kinds, otherTags, slots }: LogShape): string {
  const from = source === "log" ? allEvents : eventsOfRuns(source)
  const conditions = [from.where]
  let next = source === "log" ? 4 : 5
  if (kinds) conditions.push(`e.kind_ref IN (SELECT value FROM json_each(?${next++}))`)
  for (let tag = 0; tag < otherTags; tag++) conditions.push(hasTag(`?${next++}`))
  if (slots) conditions.push(`substr(?${next++}, s.slot + 1, 1) = x'01'`)
  const order = from.order.map((column) => (direction === "forward" ? column : `${column} DESC`))
  return `
  SELECT ${columns === "events" ? `${eventColumns}, e.stream_ref, s.id` : "e.position"}
  FROM ${from.tables} CROSS JOIN streams s ON s.ref = e.stream_ref
  WHERE ${conditions.join("\n    AND ")}
  ORDER BY ${order.join(", ")} LIMIT ?3`
}

const allEvents = { tables: "events e", where: "e.position BETWEEN ?1 AND ?2", order: ["e.position"] }

function eventsOfRuns(table: RunTable) {
  const key = keyOf[table]
  return {
    tables: `${table}_runs r CROSS JOIN events e
    ON e.position BETWEEN max(r.first_position, ?1) AND min(r.first_position + r.more, ?2)`,
    // The first run may have begun before the first position.
    where: `r.${key} = ?4 AND r.first_position BETWEEN coalesce(
      (SELECT max(first_position) FROM ${table}_runs WHERE ${key} = ?4 AND first_position <= ?1), 0) AND ?2`,
    order: ["r.first_position", "e.position"],
  }
}

/** The last run of the tag that began at or before the event goes on up to it. */
function hasTag(tagRef: string): string {
  return `coalesce((SELECT first_position + more FROM tag_runs WHERE tag_ref = ${tagRef} AND first_position <= e.position
      ORDER BY first_position DESC LIMIT 1), 0) >= e.position`
}

/** ?1 tenant or NULL, ?2 category or NULL, ?3 tenant and ?4 category to start at */
export const listCategories = `
  SELECT t.name, c.name, c.ref FROM tenants t JOIN categories c ON c.tenant_ref = t.ref
  WHERE (?1 IS NULL OR t.name = ?1) AND (?2 IS NULL OR c.name = ?2) AND (t.name, c.name) >= (?3, ?4)
  ORDER BY t.name, c.name`

/** ?1 category_ref, ?2 id (exclusive), ?3 limit */
export const listStreams = `
  SELECT id, (SELECT max(first_version + more) FROM stream_runs WHERE stream_ref = s.ref) FROM streams s
  WHERE category_ref = ?1 AND id > ?2 ORDER BY id LIMIT ?3`

export const listTenants = `
  SELECT name FROM tenants t WHERE EXISTS (SELECT 1 FROM categories WHERE tenant_ref = t.ref) ORDER BY name`
