import type { Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { requireDeposits } from "../deposits/require-deposits.ts"
import { fillAccount } from "./fill-ledger.ts"
import { ledgerContestants } from "./ledger-contestants.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Loads a stream of a million events and folds it. Bare reads every column, parses data and metadata, folds. */
export const load1m: Scenario<SqliteParameters> = {
  name: "load-1m",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.7 }],
  rounds: ({ longRounds }) => longRounds,
  collectsGarbage: true,
  prepare: (bench) =>
    ledgerContestants(bench, ["ours", "bare", "act-sqlite"], async (ledger) => {
      const { streamEvents } = bench.parameters
      await fillAccount(ledger, "alice", streamEvents, bench.parameters)
      return () =>
        perSecond(streamEvents, async () => requireDeposits(await ledger.load("alice"), streamEvents))
    }),
}
