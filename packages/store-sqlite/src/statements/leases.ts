/** ?1 tenant, ?2 group, ?3 now. Their leases keep their name: who comes back holds what nobody took meanwhile. */
export const removeExpired =
  "DELETE FROM lease_owners WHERE tenant = ?1 AND lease_group = ?2 AND expires_at <= ?3"
/** ?1 tenant, ?2 group, ?3 owner, ?4 expires_at */
export const renewOwner = `
  INSERT INTO lease_owners (tenant, lease_group, owner, expires_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at`
/** ?1 tenant, ?2 group, ?3 owner */
export const forgetOwner = "DELETE FROM lease_owners WHERE tenant = ?1 AND lease_group = ?2 AND owner = ?3"
/** ?1 tenant, ?2 group, ?3 owner, ?4 now */
export const isAlive = `
  SELECT 1 FROM lease_owners WHERE tenant = ?1 AND lease_group = ?2 AND owner = ?3 AND expires_at > ?4`
/** ?1 tenant, ?2 group, ?3 now */
export const listOwners = `
  SELECT owner FROM lease_owners WHERE tenant = ?1 AND lease_group = ?2 AND expires_at > ?3 ORDER BY owner`
/** ?1 tenant, ?2 group, ?3 now */
export const listLeases = `
  SELECT l.resource, l.owner, l.fence FROM leases l
  JOIN lease_owners o ON o.tenant = l.tenant AND o.lease_group = l.lease_group AND o.owner = l.owner AND o.expires_at > ?3
  WHERE l.tenant = ?1 AND l.lease_group = ?2 ORDER BY l.resource`

/** ?1 tenant, ?2 group, ?3 owner, ?4 JSON array of resources, ?5 now. Takes those that nobody alive holds. */
export const takeLeases = `
  INSERT INTO leases (tenant, lease_group, resource, owner, fence)
  SELECT ?1, ?2, r.value, ?3, 1 FROM json_each(?4) r WHERE TRUE
  ON CONFLICT DO UPDATE SET owner = excluded.owner, fence = fence + 1
    WHERE leases.owner IS NULL OR NOT EXISTS (
      SELECT 1 FROM lease_owners o
      WHERE o.tenant = ?1 AND o.lease_group = ?2 AND o.owner = leases.owner AND o.expires_at > ?5)
  RETURNING resource, owner, fence`

/** ?1 tenant, ?2 group, ?3 owner, ?4 JSON array of resources */
export const releaseLeases = `
  UPDATE leases SET owner = NULL
  WHERE tenant = ?1 AND lease_group = ?2 AND owner = ?3 AND resource IN (SELECT value FROM json_each(?4))`
/** ?1 tenant, ?2 group, ?3 owner */
export const releaseAll =
  "UPDATE leases SET owner = NULL WHERE tenant = ?1 AND lease_group = ?2 AND owner = ?3"

/** ?1 tenant, ?2 group, ?3 resource, ?4 owner, ?5 fence, ?6 now */
export const holdsLease = `
  SELECT 1 FROM leases l
  JOIN lease_owners o ON o.tenant = l.tenant AND o.lease_group = l.lease_group AND o.owner = l.owner AND o.expires_at > ?6
  WHERE l.tenant = ?1 AND l.lease_group = ?2 AND l.resource = ?3 AND l.owner = ?4 AND l.fence = ?5`
