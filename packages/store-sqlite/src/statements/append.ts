/** ?1 category_ref, ?2 id */
export const findStream = `
  SELECT ref, coalesce(
    (SELECT first_version + more FROM stream_runs WHERE stream_ref = s.ref ORDER BY first_version DESC LIMIT 1), 0)
  FROM streams s WHERE category_ref = ?1 AND id = ?2`

/** ?1 category_ref, ?2 id, ?3 slot */
export const insertStream = "INSERT INTO streams (category_ref, id, slot) VALUES (?1, ?2, ?3)"

/** ?1 kind_ref, ?2 segment */
export const insertSegment = "INSERT OR IGNORE INTO kind_segments (kind_ref, segment) VALUES (?1, ?2)"

/** ?1 stream_ref, ?2 first_version, ?3 first_position, ?4 more */
export const insertStreamRun = `
  INSERT INTO stream_runs (stream_ref, first_version, first_position, more) VALUES (?1, ?2, ?3, ?4)`
/** For each row tag_ref or correlation, first_position, more. */
export function insertRuns(table: "tag" | "correlation", rows: number): string {
  const key = { tag: "tag_ref", correlation: "correlation" }[table]
  const values = Array(rows).fill("(?, ?, ?)").join(", ")
  return `INSERT INTO ${table}_runs (${key}, first_position, more) VALUES ${values}`
}

/** ?1 tenant_ref, ?2 JSON array of ids */
export const findRecordedIds = `
  SELECT hex(e.id), e.stream_ref, e.version, e.position, e.recorded_at, k.type
  FROM json_each(?2) given
  CROSS JOIN events e ON e.id = unhex(given.value, '-') AND e.tenant_ref = ?1
  JOIN event_kinds k ON k.ref = e.kind_ref`

/** Columns of an event that most events leave empty: they aren't named where no event of an insert has them. */
const optionalColumns = [
  "tenant_ref",
  "occurred_at",
  "metadata",
  "correlation",
  "causation",
  "tags",
  "hash",
] as const

/**
 * For each event stream_ref, version, recorded_at, id, kind_ref, body, and the optional columns whose bits are set in `optional`.
 *
 * Plain question marks: SQLite looks numbered ones up by name, one after the other, when values are bound. With 50 events in a
 * statement that took longer than inserting them, although what they share was bound only once.
 */
export function insertEvents(events: number, optional: number): string {
  const columns = optionalColumns.filter((_, bit) => (optional & (1 << bit)) !== 0)
  const row = `(?, ?, ?, unhex(?, '-'), ?, ?${", ?".repeat(columns.length)})`
  const names = ["stream_ref", "version", "recorded_at", "id", "kind_ref", "body", ...columns]
  return `INSERT INTO events (${names.join(", ")}) VALUES ${Array(events).fill(row).join(", ")}`
}
