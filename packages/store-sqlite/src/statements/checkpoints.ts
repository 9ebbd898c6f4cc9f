/** ?1 tenant, ?2 subscription */
export const loadCheckpoints = `
  SELECT position, slots FROM checkpoints WHERE tenant = ?1 AND subscription = ?2 ORDER BY position`
/** ?1 tenant, ?2 subscription, ?3 from, ?4 to, ?5 slots */
export const moveCheckpoint = `
  UPDATE OR IGNORE checkpoints SET position = ?4 WHERE tenant = ?1 AND subscription = ?2 AND position = ?3 AND slots = ?5`
/** ?1 tenant, ?2 subscription, ?3 position, ?4 slots */
export const insertCheckpoint = `
  INSERT INTO checkpoints (tenant, subscription, position, slots) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT DO UPDATE SET slots = excluded.slots`
/** ?1 tenant, ?2 subscription, ?3 position */
export const deleteCheckpoint =
  "DELETE FROM checkpoints WHERE tenant = ?1 AND subscription = ?2 AND position = ?3"
/** ?1 tenant, ?2 subscription */
export const removeCheckpoints = "DELETE FROM checkpoints WHERE tenant = ?1 AND subscription = ?2"
/** ?1 tenant */
export const listCheckpoints =
  "SELECT DISTINCT subscription FROM checkpoints WHERE tenant = ?1 ORDER BY subscription"
