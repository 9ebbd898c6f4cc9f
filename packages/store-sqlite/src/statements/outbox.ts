/** ?1 tenant, ?2 id, ?3 topic, ?4 key, ?5 body, ?6 headers, ?7 added_at */
export const addMessage = `
  INSERT INTO outbox (tenant, id, topic, key, body, headers, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO NOTHING`

const columns = "sequence, id, topic, key, body, headers, added_at"

/** ?1 tenant, ?2 sequence (exclusive), ?3 limit */
export const readMessages = `
  SELECT ${columns} FROM outbox WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3`
/** ?1 tenant, ?2 sequence (exclusive), ?3 limit, ?4 topic */
export const readTopic = `
  SELECT ${columns} FROM outbox WHERE tenant = ?1 AND sequence > ?2 AND topic = ?4 ORDER BY sequence LIMIT ?3`
/** ?1 tenant, ?2 JSON array of ids */
export const removeMessages =
  "DELETE FROM outbox WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))"
