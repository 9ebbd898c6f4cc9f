const isModel = "tenant = ?1 AND model = ?2"

/** ?1 tenant, ?2 model, ?3 id */
export const getRow = `SELECT id, version, value FROM read_models WHERE ${isModel} AND id = ?3`
/** ?1 tenant, ?2 model, ?3 JSON array of ids */
export const getRows = `
  SELECT id, version, value FROM read_models WHERE ${isModel} AND id IN (SELECT value FROM json_each(?3))`
/** ?1 tenant, ?2 model, ?3 id, ?4 value */
export const saveRow = `
  INSERT INTO read_models (tenant, model, id, version, value) VALUES (?1, ?2, ?3, 1, ?4)
  ON CONFLICT DO UPDATE SET version = version + 1, value = excluded.value
  RETURNING version`
/** ?1 tenant, ?2 model, ?3 id, ?4 value */
export const insertRow = `
  INSERT INTO read_models (tenant, model, id, version, value) VALUES (?1, ?2, ?3, 1, ?4)
  ON CONFLICT DO NOTHING RETURNING version`
/** ?1 tenant, ?2 model, ?3 id, ?4 value, ?5 version expected */
export const updateRow = `
  UPDATE read_models SET version = version + 1, value = ?4 WHERE ${isModel} AND id = ?3 AND version = ?5
  RETURNING version`
/** ?1 tenant, ?2 model, ?3 id */
export const deleteRow = `DELETE FROM read_models WHERE ${isModel} AND id = ?3`
/** ?1 tenant, ?2 model */
export const clearModel = `DELETE FROM read_models WHERE ${isModel}`
/** ?1 tenant, ?2 model from, ?3 model to */
export const renameModel = `UPDATE read_models SET model = ?3 WHERE ${isModel}`
/** ?1 tenant, ?2 model, ?3 limit; conditions and order bring their own parameters, from ?4. */
export function findRows(conditions: readonly string[], order: readonly string[]): string {
  const where = [isModel, ...conditions].join("\n    AND ")
  return `
  SELECT id, version, value FROM read_models WHERE ${where} ORDER BY ${[...order, "id"].join(", ")} LIMIT ?3`
}
