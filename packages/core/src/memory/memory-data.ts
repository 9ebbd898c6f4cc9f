import { MemoryLog } from "./memory-log.ts"
import type { Staged } from "./memory-table.ts"
import { type MemoryTables, TenantTables } from "./memory-tables.ts"

/** What one reader sees of a store's data: `committed`, or `staged` inside the one open transaction. */
export interface StoreView {
  readonly log: MemoryLog
  /** The last position that the reader may see. */
  readonly upTo: number
  tables(tenant: string): MemoryTables
}

/** Everything in a store, and what the one open transaction has changed of it so far. */
export class MemoryData {
  readonly #log = new MemoryLog()
  readonly #changed = new Set<Staged>()
  readonly #tenants = new Map<string, TenantTables>()
  #lastSequence = 0

  /** What everybody sees. */
  readonly committed: StoreView = this.#viewCommitted()

  /** What the open transaction sees, and changes. */
  readonly staged: StoreView = {
    log: this.#log,
    upTo: Number.MAX_SAFE_INTEGER,
    tables: (tenant) => this.#tables(tenant).staged,
  }

  /** Counts the entries of queue-like tables, over all tenants. A number given is never given again. */
  readonly nextSequence = (): number => ++this.#lastSequence

  /** Shows all changes to everybody. Returns whether there are new events among them. */
  commit(): boolean {
    for (const table of this.#changed) table.commit()
    this.#changed.clear()
    return this.#log.commit()
  }

  /** Takes all changes back. */
  rollback(): void {
    for (const table of this.#changed) table.rollback()
    this.#changed.clear()
    this.#log.rollback()
  }

  #viewCommitted(): StoreView {
    const log = this.#log
    return {
      log,
      get upTo() {
        return log.committed
      },
      tables: (tenant) => this.#tables(tenant).committed,
    }
  }

  #tables(tenant: string): TenantTables {
    const there = this.#tenants.get(tenant)
    if (there !== undefined) return there
    const tables = new TenantTables(this.#changed)
    this.#tenants.set(tenant, tables)
    return tables
  }
}
