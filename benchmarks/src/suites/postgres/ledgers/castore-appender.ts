import { PostgresEventStorageAdapter } from "@castore/event-storage-adapter-postgres"
import { type Deposit, metadataOf } from "../../deposits/deposit.ts"
import { execute } from "../server.ts"
import type { Appender } from "./ledger.ts"

const eventStoreId = "account"

/** Castore's storage adapter. It has neither ids of events nor tags, and reads one stream at a time. */
export async function openCastoreAppender(connectionString: string): Promise<Appender> {
  await PostgresEventStorageAdapter.createEventTable({
    connectionString,
    aggregateId: { type: "VARCHAR", length: 64 },
  })
  const adapter = new PostgresEventStorageAdapter({ connectionString })
  return {
    append: async (account, deposits, expected) => {
      const events = deposits.map((deposit, index) => detailOf(account, deposit, expected + 1 + index))
      const [first, ...rest] = events.map((event) =>
        Object.assign(adapter.groupEvent(event), { context: { eventStoreId } }),
      )
      if (events.length === 1) await adapter.pushEvent(events[0] as (typeof events)[0], { eventStoreId })
      else if (first) await adapter.pushEventGroup({}, first as never, ...(rest as never[]))
    },
    [Symbol.asyncDispose]: () => closeConnections(connectionString),
  }
}

function detailOf(aggregateId: string, payload: Deposit, version: number) {
  return { aggregateId, version, type: "deposited", payload, metadata: metadataOf(payload) }
}

/** From the server's side: it has no way to close them. */
async function closeConnections(url: string): Promise<void> {
  const others = "datname = current_database() AND pid <> pg_backend_pid()"
  await execute(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`)
}
