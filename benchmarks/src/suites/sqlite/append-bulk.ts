import { asContestants } from "../../harness/as-contestants.ts"
import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { fillAccount } from "./fill-ledger.ts"
import { type LedgerName, ledgers } from "./ledgers/ledgers.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** A million events into one stream of a new file, in pages of 10,000, each page durable. */
export const appendBulk: Scenario<SqliteParameters> = {
  name: "append-bulk",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.8 }],
  rounds: ({ longRounds }) => longRounds,
  collectsGarbage: true,
  prepare: async (bench) => {
    const names: LedgerName[] = ["ours", "bare", "insert"]
    return asContestants(new Map(names.map((name) => [name, contestant(bench, name)])))
  },
}

function contestant({ parameters, newPath }: Bench<SqliteParameters>, name: LedgerName): Contestant {
  return {
    async round() {
      await using ledger = await ledgers[name](newPath(`${name}.db`))
      const { bulkEvents } = parameters
      return await perSecond(bulkEvents, () => fillAccount(ledger, "alice", bulkEvents, parameters))
    },
  }
}
