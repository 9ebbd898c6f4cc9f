import type { Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { depositOf } from "../deposits/deposit.ts"
import { ledgerContestants } from "./ledger-contestants.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Fifty callers at a time, each appending one event after the other to a stream of its own. Bare gives each a transaction. */
export const append1x50: Scenario<SqliteParameters> = {
  name: "append-1-x50",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 6 }],
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  prepare: (bench) =>
    // act-sqlite gives up at the second caller: its connections wait for no lock.
    ledgerContestants(bench, ["ours", "bare", "insert"], async (ledger) => {
      const { callers, singleAppends } = bench.parameters
      const each = Math.ceil((2 * singleAppends) / callers)
      let version = 0
      const caller = async (account: string) => {
        for (let index = version; index < version + each; index++) {
          await ledger.append(account, [depositOf(index, account)], index)
        }
      }
      return async () => {
        const all = () =>
          Promise.all(Array.from({ length: callers }, (_, index) => caller(accountName(index))))
        const rate = await perSecond(callers * each, async () => void (await all()))
        version += each
        return rate
      }
    }),
}
