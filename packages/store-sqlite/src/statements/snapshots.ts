const isKey = "tenant = ?1 AND kind = ?2 AND name = ?3 AND id = ?4"

/** ?1 tenant, ?2 kind, ?3 name, ?4 id, ?5 revision (inclusive) */
export const loadSnapshot = `
  SELECT revision, schema_version, encoding, is_text, body, hash, taken_at FROM snapshots
  WHERE ${isKey} AND revision <= ?5 ORDER BY revision DESC LIMIT 1`
/** ?1 tenant, ?2 kind, ?3 name, ?4 id */
export const newestRevision = `SELECT max(revision) FROM snapshots WHERE ${isKey}`
/** ?1 tenant, ?2 kind, ?3 name, ?4 id, ?5 revision, ?6 schema_version, ?7 encoding, ?8 is_text, ?9 body, ?10 hash, ?11 taken_at */
export const saveSnapshot = `
  INSERT INTO snapshots (tenant, kind, name, id, revision, schema_version, encoding, is_text, body, hash, taken_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`
/** ?1 tenant, ?2 kind, ?3 name, ?4 id, ?5 how many to keep */
export const pruneSnapshots = `
  DELETE FROM snapshots WHERE ${isKey} AND revision NOT IN (
    SELECT revision FROM snapshots WHERE ${isKey} ORDER BY revision DESC LIMIT ?5)`
