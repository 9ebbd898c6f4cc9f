import { statSync } from "node:fs"
import { asContestants } from "../../harness/as-contestants.ts"
import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { fillAccounts } from "./fill-ledger.ts"
import { type LedgerName, ledgers } from "./ledgers/ledgers.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** The size of a closed file, with all its indexes, for each event in it. */
export const bytesPerEvent: Scenario<SqliteParameters> = {
  name: "bytes-per-event",
  unit: "bytes",
  better: "lower",
  rounds: () => 1,
  prepare: async (bench) => {
    const names: LedgerName[] = ["ours", "bare", "insert"]
    return asContestants(new Map(names.map((name) => [name, contestant(bench, name)])))
  },
}

function contestant({ parameters, newPath }: Bench<SqliteParameters>, name: LedgerName): Contestant {
  return {
    async round() {
      const file = newPath(`${name}.db`)
      {
        await using ledger = await ledgers[name](file)
        await fillAccounts(ledger, parameters.bulkEvents, parameters)
      }
      return statSync(file).size / parameters.bulkEvents
    },
  }
}
