import { AnnalsError } from "../errors/annals-error.ts"
import { checkTenant } from "../streams/validate-name.ts"

/** The tenant to bind a handle to that may be bound already. Throws `INVALID_OPTION` for another one than that, `INVALID_NAME`. */
export function checkBound(bound: string | undefined, tenant: string): string {
  if (bound === undefined || bound === tenant) return checkTenant(tenant)
  throw new AnnalsError("INVALID_OPTION", `this handle is bound to tenant "${bound}"`, { path: "tenant" })
}
