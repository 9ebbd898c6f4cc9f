import { setTimeout } from "node:timers/promises"
import type { Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { requireDeposits } from "../deposits/require-deposits.ts"
import { depositsOf } from "./append-sequence.ts"
import { settle } from "./create-database.ts"
import { databaseContestants } from "./database-contestants.ts"
import { openAnnalsLedger } from "./ledgers/annals-ledger.ts"
import { openBareLedger } from "./ledgers/bare-ledger.ts"
import { openDcbLedger } from "./ledgers/dcb-ledger.ts"
import { openEmmettLedger } from "./ledgers/emmett-ledger.ts"
import { openInsertLedger } from "./ledgers/insert-ledger.ts"
import type { Ledger, Open } from "./ledgers/ledger.ts"
import type { PostgresParameters } from "./postgres-parameters.ts"

const contestants: Readonly<Record<string, Open<Ledger>>> = {
  ours: openAnnalsLedger,
  bare: openBareLedger,
  insert: openInsertLedger,
  emmett: openEmmettLedger,
  "dcb-es": openDcbLedger,
}

/** Reads a store of many streams from its first event to its last. */
export const readAll: Scenario<PostgresParameters> = {
  name: "read-all",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.8 }],
  rounds: ({ longRounds }) => longRounds,
  collectsGarbage: true,
  prepare: ({ parameters: { storeEvents, eventsPerStream }, note }) =>
    databaseContestants(contestants, async (ledger, url, name) => {
      for (let first = 0; first < storeEvents; first += eventsPerStream) {
        const account = accountName(first / eventsPerStream)
        await ledger.append(account, depositsOf(account, first, eventsPerStream), 0)
      }
      await settle(url)
      if (!(await becomesReadable(ledger, storeEvents))) {
        note(`without ${name}: it can't see all events while another transaction of the server stays open`)
        return undefined
      }
      return () => perSecond(storeEvents, async () => requireDeposits(await ledger.readAll(), storeEvents))
    }),
}

const patienceMs = 10_000

/** Emmett shows nothing that was written after any write transaction of the server began that is still open, whoever's it is. */
async function becomesReadable(ledger: Ledger, count: number): Promise<boolean> {
  const end = performance.now() + patienceMs
  while ((await ledger.readAll()).deposits < count) {
    if (performance.now() > end) return false
    await setTimeout(50)
  }
  return true
}
