/** ?1 category_ref, ?2 id */
export const findStream = `
  SELECT ref, coalesce((SELECT max(version) FROM events WHERE stream_ref = s.ref), 0)
  FROM streams s WHERE category_ref = ?1 AND id = ?2`

/** ?1 category_ref, ?2 id, ?3 slot */
export const insertStream = "INSERT INTO streams (category_ref, id, slot) VALUES (?1, ?2, ?3)"

/** ?1 kind_ref, ?2 segment */
export const insertSegment = "INSERT OR IGNORE INTO kind_segments (kind_ref, segment) VALUES (?1, ?2)"

/** ?1 tag_ref, ?2 position */
export const insertEventTag = "INSERT INTO event_tags (tag_ref, position) VALUES (?1, ?2)"

/** ?1 tenant_ref, ?2 JSON array of ids */
export const findRecordedIds = `
  SELECT hex(e.id), e.stream_ref, e.version, e.position, e.recorded_at, k.type
  FROM json_each(?2) given
  CROSS JOIN events e ON e.id = unhex(given.value, '-') AND e.tenant_ref = ?1
  JOIN event_kinds k ON k.ref = e.kind_ref`

/** Columns of an event that most events leave empty: they aren't named where no event of an insert has them. */
export const optionalColumns = ["occurred_at", "metadata", "correlation", "causation", "tags", "hash"] as const

/**
 * Inserts several events of one stream at once. ?1 stream_ref, ?2 version of the first, ?3 tenant_ref, ?4 recorded_at; then for
 * each event id, kind_ref, body and the optional columns whose bits are set in `optional`.
 */
export function insertEvents(events: number, optional: number): string {
  const columns = optionalColumns.filter((_, bit) => (optional & (1 << bit)) !== 0)
  const perEvent = 3 + columns.length
  const rows = Array.from({ length: events }, (_, index) => {
    const first = 5 + index * perEvent
    const others = Array.from({ length: perEvent - 1 }, (_, column) => `?${first + 1 + column}`)
    return `(?1, ?2 + ${index}, ?3, ?4, unhex(?${first}, '-'), ${others.join(", ")})`
  })
  const names = ["stream_ref", "version", "tenant_ref", "recorded_at", "id", "kind_ref", "body", ...columns]
  return `INSERT INTO events (${names.join(", ")}) VALUES ${rows.join(", ")}`
}
