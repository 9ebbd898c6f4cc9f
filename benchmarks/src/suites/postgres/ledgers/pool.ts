import { type CustomTypesConfig, Pool } from "pg"

/** As many connections as every contestant gets: the default of `pg` and of the peers. */
const poolSize = 10

export function openPool(url: string, types?: CustomTypesConfig): Pool {
  return new Pool({ connectionString: url, max: poolSize, ...(types && { types }) })
}
