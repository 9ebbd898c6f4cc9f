import { type EventStorageAdapter, EventStore, EventType } from "@castore/core"
import type { Bank } from "./bank.ts"

const opened = new EventType<"opened", { owner: string }>({ type: "opened" })
const deposited = new EventType<"deposited", { cents: number }>({ type: "deposited" })

interface CastoreAccount {
  readonly aggregateId: string
  readonly version: number
  readonly cents: number
}

/** Castore's store of accounts, which also folds. */
export function createCastoreAccounts(eventStorageAdapter?: EventStorageAdapter) {
  return new EventStore({
    eventStoreId: "account",
    eventTypes: [opened, deposited],
    reducer: (account: CastoreAccount, event): CastoreAccount => ({
      aggregateId: event.aggregateId,
      version: event.version,
      cents: event.type === "deposited" ? account.cents + event.payload.cents : (account?.cents ?? 0),
    }),
    ...(eventStorageAdapter && { eventStorageAdapter }),
  })
}

export function createCastoreBank(eventStorageAdapter: EventStorageAdapter): Bank {
  const accounts = createCastoreAccounts(eventStorageAdapter)
  const nextVersion = async (id: string) => ((await accounts.getAggregate(id)).aggregate?.version ?? 0) + 1
  return {
    open: async (id, owner) => {
      const version = await nextVersion(id)
      await accounts.pushEvent({ aggregateId: id, version, type: "opened", payload: { owner } })
    },
    deposit: async (id, cents) => {
      const version = await nextVersion(id)
      await accounts.pushEvent({ aggregateId: id, version, type: "deposited", payload: { cents } })
    },
  }
}
