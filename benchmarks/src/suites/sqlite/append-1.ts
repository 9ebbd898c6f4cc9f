import type { Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { depositOf } from "../deposits/deposit.ts"
import { ledgerContestants } from "./ledger-contestants.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** One event, durable, at an expected version; then the next one. */
export const append1: Scenario<SqliteParameters> = {
  name: "append-1",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.9 }],
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  prepare: (bench) =>
    ledgerContestants(bench, ["ours", "bare", "insert", "act-sqlite"], async (ledger) => {
      const { singleAppends } = bench.parameters
      let version = 0
      return () =>
        perSecond(singleAppends, async () => {
          for (let index = 0; index < singleAppends; index++) {
            await ledger.append("alice", [depositOf(version, "alice")], version)
            version++
          }
        })
    }),
}
