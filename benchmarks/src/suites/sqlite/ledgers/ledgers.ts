import { createActLedger } from "./act-ledger.ts"
import { createAnnalsLedger } from "./annals-ledger.ts"
import { createBareLedger } from "./bare-ledger.ts"
import { createInsertLedger } from "./insert-ledger.ts"
import type { CreateLedger } from "./ledger.ts"

/** Who takes part. A peer without a scenario's feature stays out of that scenario. */
export const ledgers = {
  ours: createAnnalsLedger,
  bare: createBareLedger,
  insert: createInsertLedger,
  "act-sqlite": createActLedger,
} satisfies Record<string, CreateLedger>

export type LedgerName = keyof typeof ledgers
