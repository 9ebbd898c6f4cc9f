import { type Dumbo, dumbo } from "@event-driven-io/dumbo"
import type { Event } from "@event-driven-io/emmett"
import { getPostgreSQLEventStore, readMessagesBatch } from "@event-driven-io/emmett-postgresql"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, type DepositMetadata, metadataOf } from "../../deposits/deposit.ts"
import type { Ledger } from "./ledger.ts"

export type Deposited = Event<"deposited", { [Field in keyof Deposit]: Deposit[Field] }, DepositMetadata>

const batchSize = 1000

/** Emmett's event store. It has no tags. */
export async function openEmmettLedger(url: string): Promise<Ledger> {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  const reader = dumbo({ connectionString: url })
  return {
    append: async (account, deposits, expected) => {
      const events = deposits.map(
        (data): Deposited => ({ type: "deposited", data, metadata: metadataOf(data) }),
      )
      const expectedStreamVersion = expected === 0 ? "STREAM_DOES_NOT_EXIST" : BigInt(expected)
      await store.appendToStream(account, events, { expectedStreamVersion })
    },
    readAll: () => readAll(reader),
    [Symbol.asyncDispose]: async () => {
      await reader.close()
      await store.close()
    },
  }
}

/** What its consumers read by, a batch at a time. */
async function readAll(reader: Dumbo) {
  let balance = emptyBalance
  for (let after = 0n, more = true; more; ) {
    const batch = await readMessagesBatch<Deposited>(reader.execute, { after, batchSize })
    for (const { data } of batch.messages) balance = addDeposit(balance, data)
    after = batch.currentGlobalPosition
    more = batch.areMessagesLeft
  }
  return balance
}
