import type { Statement } from "../sql/statement.ts"
import { nameKey } from "./name-key.ts"

/** $1 tenant, $2 subscription */
export const loadCheckpoints: Statement = {
  name: "load-checkpoints",
  text: `
  SELECT first_slot, last_slot, position FROM {schema}.checkpoints
  WHERE key = ${nameKey("$1", "$2")} AND position > 0 ORDER BY first_slot`,
}

/**
 * $1 tenant, $2 subscription, $3 first slots, $4 last slots, $5 from, $6 to; fences: $7 groups, $8 resources, $9 owners,
 * $10 numbers
 */
export const advanceCheckpoint: Statement = {
  name: "advance-checkpoint",
  text: `
  SELECT {schema}.advance_checkpoint($1, $2, $3::integer[], $4::integer[], $5::bigint, $6::bigint,
    $7::text[], $8::text[], $9::text[], $10::bigint[])`,
}

/** $1 tenant, $2 subscription, $3 position; null forgets it */
export const resetCheckpoint: Statement = {
  name: "reset-checkpoint",
  text: "SELECT {schema}.reset_checkpoint($1, $2, $3::bigint)",
}

/** $1 tenant */
export const listCheckpoints: Statement = {
  name: "list-checkpoints",
  text: `
  SELECT subscription FROM {schema}.checkpoints WHERE tenant = $1 AND first_slot = 0 ORDER BY subscription`,
}
