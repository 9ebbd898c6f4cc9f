import type { Statement } from "../sql/statement.ts"

/**
 * Binds the transaction that is open to a tenant, for the policies of row-level security. Outside of a transaction it is without effect:
 * a setting that outlives its transaction would be somebody else's next, where a pooler hands connections on. $1 a `tenantSetting`
 */
export const bindTransaction: Statement = {
  name: "bind-transaction",
  text: "SELECT set_config('annals.tenant', $1, true)",
}

/** A setting is `''` where there was one before: the marker tells the tenant `""` from none. */
export function tenantSetting(tenant: string): string {
  return `t:${tenant}`
}
