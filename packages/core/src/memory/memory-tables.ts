import type { DeadLetter } from "../ports/dead-letter-store.ts"
import type { StoredOutboxMessage } from "../ports/outbox-store.ts"
import type { ReadModelRow } from "../ports/read-model-store.ts"
import type { Snapshot } from "../ports/snapshot-store.ts"
import { MemoryTable, type Staged, type TableView } from "./memory-table.ts"

/** The rows that stand beside a tenant's events, by table. */
interface Rows {
  readonly checkpoints: { readonly subscription: string; readonly positions: readonly number[] }
  readonly deadLetters: DeadLetter
  readonly snapshots: readonly Snapshot[]
  readonly outbox: StoredOutboxMessage
  readonly inboxVersions: number
  readonly inboxEvents: { readonly key: string; readonly expiresAt: number }
  readonly leaseOwners: { readonly group: string; readonly owner: string; readonly expiresAt: number }
  /** Rows stay when a lease is given back (`owner` is then `undefined`), for their fence must never fall. */
  readonly leases: {
    readonly group: string
    readonly resource: string
    readonly owner: string | undefined
    readonly fence: number
  }
  readonly readModels: ReadModelRow & { readonly model: string }
}

/** All tables of a tenant, as one reader sees them. */
export type MemoryTables = { readonly [Name in keyof Rows]: TableView<Rows[Name]> }

/** All tables of a tenant, as everybody sees them and as the one open transaction does. */
export class TenantTables {
  readonly #tables: { readonly [Name in keyof Rows]: MemoryTable<Rows[Name]> }

  constructor(changed: Set<Staged>) {
    this.#tables = {
      checkpoints: new MemoryTable(changed),
      deadLetters: new MemoryTable(changed),
      snapshots: new MemoryTable(changed),
      outbox: new MemoryTable(changed),
      inboxVersions: new MemoryTable(changed),
      inboxEvents: new MemoryTable(changed),
      leaseOwners: new MemoryTable(changed),
      leases: new MemoryTable(changed),
      readModels: new MemoryTable(changed),
    }
    this.committed = this.#views("committed")
    this.staged = this.#views("staged")
  }

  readonly committed: MemoryTables
  readonly staged: MemoryTables

  #views(which: "committed" | "staged"): MemoryTables {
    const views = Object.entries(this.#tables).map(([name, table]) => [name, table[which]])
    return Object.fromEntries(views) as MemoryTables
  }
}
