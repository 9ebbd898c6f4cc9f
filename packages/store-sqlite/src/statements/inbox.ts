/** ?1 tenant, ?2 consumer, ?3 source, ?4 stream_tenant, ?5 category, ?6 stream_id, ?7 version */
export const takeVersion = `
  INSERT INTO inbox_versions (tenant, consumer, source, stream_tenant, category, stream_id, version)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO UPDATE SET version = excluded.version WHERE version < excluded.version`
/** ?1 tenant, ?2 consumer, ?3 source, ?4 stream_tenant, ?5 category, ?6 stream_id */
export const lastVersion = `
  SELECT version FROM inbox_versions
  WHERE tenant = ?1 AND consumer = ?2 AND source = ?3 AND stream_tenant = ?4 AND category = ?5 AND stream_id = ?6`
/** ?1 tenant, ?2 consumer, ?3 event_id, ?4 expires_at */
export const takeEvent = `
  INSERT INTO inbox_events (tenant, consumer, event_id, expires_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`
/** ?1 tenant, ?2 now */
export const purgeEvents = "DELETE FROM inbox_events WHERE tenant = ?1 AND expires_at <= ?2"
