/** ?1 tenant */
export const findTenant = "SELECT ref FROM tenants WHERE name = ?1"
/** ?1 tenant */
export const insertTenant = "INSERT INTO tenants (name) VALUES (?1)"
/** ?1 tenant_ref, ?2 category */
export const findCategory = "SELECT ref FROM categories WHERE tenant_ref = ?1 AND name = ?2"
/** ?1 tenant_ref, ?2 category */
export const insertCategory = "INSERT INTO categories (tenant_ref, name) VALUES (?1, ?2)"
/** ?1 tenant_ref, ?2 tag */
export const findTag = "SELECT ref FROM tags WHERE tenant_ref = ?1 AND name = ?2"
/** ?1 tenant_ref, ?2 tag */
export const insertTag = "INSERT INTO tags (tenant_ref, name) VALUES (?1, ?2)"
/** ?1 ref */
export const findTagName = "SELECT name FROM tags WHERE ref = ?1"

/** ?1 category_ref, ?2 type, ?3 schema_version, ?4 encoding, ?5 text_as_bytes */
export const findKind = `
  SELECT ref FROM event_kinds
  WHERE category_ref = ?1 AND type = ?2 AND schema_version = ?3 AND encoding = ?4 AND text_as_bytes = ?5`
/** ?1 category_ref, ?2 type, ?3 schema_version, ?4 encoding, ?5 text_as_bytes */
export const insertKind = `
  INSERT INTO event_kinds (category_ref, type, schema_version, encoding, text_as_bytes) VALUES (?1, ?2, ?3, ?4, ?5)`
/** ?1 ref */
export const findKindByRef = `
  SELECT t.name, c.name, k.type, k.schema_version, k.encoding, k.text_as_bytes
  FROM event_kinds k JOIN categories c ON c.ref = k.category_ref JOIN tenants t ON t.ref = c.tenant_ref
  WHERE k.ref = ?1`
