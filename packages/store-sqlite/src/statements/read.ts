/** What is read of an event `e`: the columns of `EventRow`. */
const eventColumns = `
  e.position, e.version, e.kind_ref, e.recorded_at, e.occurred_at, e.metadata,
  CASE typeof(e.correlation) WHEN 'blob' THEN 'u' || hex(e.correlation) WHEN 'text' THEN 't' || e.correlation END,
  CASE typeof(e.causation) WHEN 'blob' THEN 'u' || hex(e.causation) WHEN 'text' THEN 't' || e.causation END,
  e.tags, e.body, e.hash, hex(e.id)`

/** ?1 stream_ref, ?2 version (exclusive), ?3 limit */
export const readStreamForward = `
  SELECT ${eventColumns} FROM events e WHERE e.stream_ref = ?1 AND e.version > ?2 ORDER BY e.version LIMIT ?3`
/** ?1 stream_ref, ?2 version (exclusive), ?3 limit */
export const readStreamBackward = `
  SELECT ${eventColumns} FROM events e WHERE e.stream_ref = ?1 AND e.version < ?2 ORDER BY e.version DESC LIMIT ?3`

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

/** ?1 tenant or NULL, ?2 JSON array of categories or NULL, ?3 JSON array of types or NULL */
export const findKinds = `
  SELECT k.ref, k.type FROM event_kinds k JOIN categories c ON c.ref = k.category_ref JOIN tenants t ON t.ref = c.tenant_ref
  WHERE (?1 IS NULL OR t.name = ?1)
    AND (?2 IS NULL OR c.name IN (SELECT value FROM json_each(?2)))
    AND (?3 IS NULL OR k.type IN (SELECT value FROM json_each(?3)))`
export const countKinds = "SELECT count(*) FROM event_kinds"

/** ?1 JSON array of tags, ?2 tenant or NULL */
export const findTagsByTenant = `
  SELECT g.tenant_ref, g.ref FROM tags g JOIN tenants t ON t.ref = g.tenant_ref
  WHERE g.name IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR t.name = ?2)
  ORDER BY g.tenant_ref`

/** ?1 tag_ref, ?2 position (exclusive), ?3 limit */
export const countTagged = `
  SELECT count(*) FROM (SELECT 1 FROM event_tags WHERE tag_ref = ?1 AND position > ?2 LIMIT ?3)`
/** ?1 tag_ref, ?2 position (exclusive), ?3 limit */
export const countTaggedBackward = `
  SELECT count(*) FROM (SELECT 1 FROM event_tags WHERE tag_ref = ?1 AND position < ?2 LIMIT ?3)`
/** ?1 tag_ref, ?2 position (exclusive), ?3 how many to pass over */
export const taggedBound = `
  SELECT position FROM event_tags WHERE tag_ref = ?1 AND position > ?2 ORDER BY position LIMIT 1 OFFSET ?3`
/** ?1 tag_ref, ?2 position (exclusive), ?3 how many to pass over */
export const taggedBoundBackward = `
  SELECT position FROM event_tags WHERE tag_ref = ?1 AND position < ?2 ORDER BY position DESC LIMIT 1 OFFSET ?3`

/** What a statement over the log looks through, and what it asks of each event: see `readLog`. */
export interface LogShape {
  readonly direction: "forward" | "backward"
  /** Whole events, or only their positions. */
  readonly columns: "events" | "positions"
  /** Looks through the events of one tag, of one correlation, or all. */
  readonly source: "log" | "tag" | "correlation"
  readonly kinds: boolean
  /** How many tags, besides one that is the source, an event must have. */
  readonly otherTags: number
  readonly correlation: boolean
  readonly slots: boolean
}

/**
 * ?1 first position, ?2 last position (both inclusive), ?3 limit; then, where the shape has them: the source's tag_ref or
 * correlation, JSON array of kind_refs, other tag_refs, correlation, bytes with a 1 for each wanted slot.
 *
 * A statement of its own for each shape: `(?1 IS NULL OR …)` would look through the whole table.
 */
export function readLog(shape: LogShape): string {
  let next = 4
  const sources = {
    log: { from: "events e", position: "e.position", is: () => "TRUE" },
    tag: {
      from: "event_tags g CROSS JOIN events e ON e.position = g.position",
      position: "g.position",
      is: () => `g.tag_ref = ?${next++}`,
    },
    correlation: {
      from: "events e INDEXED BY events_by_correlation",
      position: "e.position",
      is: () => `e.correlation = ?${next++}`,
    },
  }
  const source = sources[shape.source]
  const conditions = [source.is(), `${source.position} BETWEEN ?1 AND ?2`]
  if (shape.kinds) conditions.push(`e.kind_ref IN (SELECT value FROM json_each(?${next++}))`)
  for (let tag = 0; tag < shape.otherTags; tag++) {
    conditions.push(`EXISTS (SELECT 1 FROM event_tags WHERE tag_ref = ?${next++} AND position = e.position)`)
  }
  if (shape.correlation) conditions.push(`e.correlation = ?${next++}`)
  if (shape.slots) conditions.push(`substr(?${next++}, s.slot + 1, 1) = x'01'`)
  return `
  SELECT ${shape.columns === "events" ? `${eventColumns}, e.stream_ref, s.id` : "e.position"}
  FROM ${source.from} CROSS JOIN streams s ON s.ref = e.stream_ref
  WHERE ${conditions.join("\n    AND ")}
  ORDER BY ${source.position}${shape.direction === "backward" ? " DESC" : ""} LIMIT ?3`
}

/** ?1 tenant or NULL, ?2 category or NULL, ?3 tenant and ?4 category to start at */
export const listCategories = `
  SELECT t.name, c.name, c.ref FROM tenants t JOIN categories c ON c.tenant_ref = t.ref
  WHERE (?1 IS NULL OR t.name = ?1) AND (?2 IS NULL OR c.name = ?2) AND (t.name, c.name) >= (?3, ?4)
  ORDER BY t.name, c.name`

/** ?1 category_ref, ?2 id (exclusive), ?3 limit */
export const listStreams = `
  SELECT id, (SELECT max(version) FROM events WHERE stream_ref = s.ref) FROM streams s
  WHERE category_ref = ?1 AND id > ?2 ORDER BY id LIMIT ?3`

export const listTenants = `
  SELECT name FROM tenants t WHERE EXISTS (SELECT 1 FROM categories WHERE tenant_ref = t.ref) ORDER BY name`
