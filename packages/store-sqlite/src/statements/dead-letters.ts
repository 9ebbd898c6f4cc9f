/**
 * ?1 tenant, ?2 source, ?3 stream_tenant, ?4 category, ?5 stream_id, ?6 version, ?7 position, ?8 event_id, ?9 type, ?10 slot,
 * ?11 failure, ?12 event, ?13 body. Joins those of its stream, in their status.
 */
export const parkEntry = `
  INSERT INTO dead_letters (tenant, source, stream_tenant, category, stream_id, version, position, event_id, type, slot,
    failure, event, body, status)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, coalesce(
    (SELECT status FROM dead_letters
     WHERE tenant = ?1 AND source = ?2 AND category = ?4 AND stream_id = ?5 AND stream_tenant = ?3
     ORDER BY sequence LIMIT 1),
    'parked'))
  ON CONFLICT DO NOTHING`

export interface DeadLetterShape {
  readonly source: boolean
  readonly stream: boolean
  readonly streamTenant: boolean
  readonly slots: boolean
  readonly status: boolean
}

/** ?1 tenant, ?2 sequence (exclusive), ?3 limit; then, where asked for: source, category, stream_id, stream_tenant, slots as JSON, status */
export function listEntries(shape: DeadLetterShape): string {
  let next = 4
  const conditions = ["tenant = ?1", "sequence > ?2"]
  if (shape.source) conditions.push(`source = ?${next++}`)
  if (shape.stream) conditions.push(`category = ?${next++}`, `stream_id = ?${next++}`)
  if (shape.streamTenant) conditions.push(`stream_tenant = ?${next++}`)
  if (shape.slots) conditions.push(`slot IN (SELECT value FROM json_each(?${next++}))`)
  if (shape.status) conditions.push(`status = ?${next++}`)
  return `
  SELECT sequence, source, stream_tenant, category, stream_id, version, position, event_id, type, slot, status, failure,
    event, body
  FROM dead_letters WHERE ${conditions.join(" AND ")} ORDER BY sequence LIMIT ?3`
}

/** ?1 tenant, ?2 source */
export const countStreams = `
  SELECT stream_tenant, category, stream_id, slot, count(*), max(status) FROM dead_letters
  WHERE tenant = ?1 AND source = ?2
  GROUP BY stream_tenant, category, stream_id ORDER BY stream_tenant, category, stream_id`

/** ?1 tenant, ?2 source */
export const requeueAll = "UPDATE dead_letters SET status = 'requeued' WHERE tenant = ?1 AND source = ?2"
/** ?1 tenant, ?2 source, ?3 category, ?4 stream_id */
export const requeueNamed = `${requeueAll} AND category = ?3 AND stream_id = ?4`
/** ?1 tenant, ?2 source, ?3 category, ?4 stream_id, ?5 stream_tenant */
export const requeueStream = `${requeueNamed} AND stream_tenant = ?5`

/** ?1 tenant, ?2 source, ?3 event_id, ?4 failure */
export const noteFailure = `
  UPDATE dead_letters SET failure = ?4 WHERE tenant = ?1 AND source = ?2 AND event_id = ?3
  RETURNING category, stream_id, stream_tenant`
/** ?1 tenant, ?2 source, ?3 category, ?4 stream_id, ?5 stream_tenant */
export const parkStream = `
  UPDATE dead_letters SET status = 'parked'
  WHERE tenant = ?1 AND source = ?2 AND category = ?3 AND stream_id = ?4 AND stream_tenant = ?5`
/** ?1 tenant, ?2 source, ?3 JSON array of event ids */
export const removeEntries = `
  DELETE FROM dead_letters WHERE tenant = ?1 AND source = ?2 AND event_id IN (SELECT value FROM json_each(?3))`
