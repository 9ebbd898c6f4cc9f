import { dumbo, rawSql, sql } from "@event-driven-io/dumbo"
import { postgreSQLEventStoreConsumer } from "@event-driven-io/emmett-postgresql"
import { balanceTables } from "../../../bare/postgres/balance-tables.ts"
import type { Deposited } from "../../postgres/ledgers/emmett-ledger.ts"
import { openEmmettLedger } from "../../postgres/ledgers/emmett-ledger.ts"
import type { Open } from "../../postgres/ledgers/ledger.ts"
import type { Follower } from "./follower.ts"

/** As fast as it can be told to be: by default it reads 100 events and waits for 50 ms. */
export const pulling = { batchSize: 1000, pullingFrequencyInMs: 0 }

/** Emmett's consumer with so many reactors, which do nothing and stop after `limit` events. */
export function openEmmettFollower(limit: number, reactors = 1): Open<Follower> {
  return (url) => open(url, limit, reactors, async () => {})
}

/** Emmett's consumer with a reactor that adds each event to its account's balance, in the transaction of its checkpoint. */
export function openEmmettProjection(limit: number): Open<Follower> {
  return async (url) => {
    const setup = dumbo({ connectionString: url })
    await setup.execute.command(rawSql(balanceTables))
    await setup.close()
    return open(url, limit, 1, async (projection, { data: { account, cents } }, { execute }) => {
      await execute.command(
        sql(
          `INSERT INTO balances AS b VALUES (%L, %L, 1, %L) ON CONFLICT (projection, account)
            DO UPDATE SET deposits = b.deposits + 1, cents = b.cents + excluded.cents`,
          projection,
          account,
          cents,
        ),
      )
    })
  }
}

type Handle = (
  projection: string,
  event: Deposited,
  context: { readonly execute: ReturnType<typeof dumbo>["execute"] },
) => Promise<void>

async function open(url: string, limit: number, reactors: number, handle: Handle): Promise<Follower> {
  const ledger = await openEmmettLedger(url)
  let turns = 0
  return {
    append: ledger.append,
    async catchUp() {
      const consumer = postgreSQLEventStoreConsumer({ connectionString: url, pulling })
      const counts = Array.from({ length: reactors }, () => 0)
      const turn = `turn-${++turns}`
      for (const index of counts.keys()) {
        const processorId = `${turn}-${index}`
        consumer.reactor<Deposited>({
          processorId,
          startFrom: "BEGINNING",
          eachMessage: (event, context) => handle(processorId, event, context),
          stopAfter: () => ++(counts[index] as number) >= limit,
        })
      }
      await consumer.start()
      return { handled: Math.min(...counts), end: () => consumer.close() }
    },
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}
