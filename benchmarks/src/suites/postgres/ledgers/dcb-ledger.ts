import { Query, SequencePosition, Tags } from "@dcb-es/event-store"
import { PostgresEventStore } from "@dcb-es/event-store-postgres"
import { type CustomTypesConfig, types } from "pg"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, metadataOf, tagsOf } from "../../deposits/deposit.ts"
import type { ConditionalAppender, Ledger } from "./ledger.ts"
import { openPool } from "./pool.ts"

const type = "deposited"

const int8 = 20

/** Positions as text, as `pg` reads them unless told otherwise: emmett changes that for the whole process. */
const untouchedTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") =>
    oid === int8
      ? (text: string) => text
      : types.getTypeParser(oid, format)) as CustomTypesConfig["getTypeParser"],
}

/** The event store of dcb-es. It has no streams: every append goes without a version, or under a condition. */
export async function openDcbLedger(url: string): Promise<Ledger & ConditionalAppender> {
  const pool = openPool(url, untouchedTypes)
  const store = new PostgresEventStore({ pool })
  await store.ensureInstalled()
  return {
    append: async (_account, deposits) => {
      await store.append({ events: deposits.map(eventOf) })
    },
    appendAfter: async (_account, deposit, position) => {
      const failIfEventsMatch = Query.fromItems([{ types: [type], tags: Tags.from([...tagsOf(deposit)]) }])
      const after = SequencePosition.fromString(String(position))
      const appended = await store.append({
        events: [eventOf(deposit)],
        condition: { failIfEventsMatch, after },
      })
      return Number(appended.toString())
    },
    readAll: async () => {
      let balance = emptyBalance
      for await (const { event } of store.read(Query.all()))
        balance = addDeposit(balance, event.data as Deposit)
      return balance
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

function eventOf(deposit: Deposit) {
  return { type, tags: Tags.from([...tagsOf(deposit)]), data: deposit, metadata: metadataOf(deposit) }
}
