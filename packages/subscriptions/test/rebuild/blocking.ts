import type { EventStore, UnitOfWork } from "@annals/core"
import { eventually } from "../subjects/waiting.ts"

interface Client {
  query(sql: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** Sees on PostgreSQL that a unit of work keeps others waiting. Elsewhere one writes at a time, and there is nothing to see. */
export class Blocking {
  readonly #store: EventStore
  #pid: unknown

  constructor(store: EventStore) {
    this.#store = store
  }

  /** Called inside of the unit of work. */
  async begin({ events, tx }: UnitOfWork<unknown>): Promise<void> {
    if (events.name !== "postgresql") return
    const { rows } = await (tx as Client).query("SELECT pg_backend_pid() AS pid")
    this.#pid = rows[0]?.pid
  }

  /** Resolves when somebody waits for it. */
  async untilWaitedFor(): Promise<void> {
    if (this.#store.name !== "postgresql") return
    await eventually(() =>
      this.#store.transaction(async ({ tx }) => {
        const sql = "SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
        return (await (tx as Client).query(sql, [this.#pid])).rows.length > 0
      }),
    )
  }
}
