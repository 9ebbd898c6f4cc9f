import type { Bench, Contestants, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { requireDeposits } from "../deposits/require-deposits.ts"
import { fillAccounts } from "./fill-ledger.ts"
import { ledgerContestants } from "./ledger-contestants.ts"
import { readAllMemory } from "./read-all-memory.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Reads a store of many streams from its first event to its last. */
export const readAll: Scenario<SqliteParameters> = {
  name: "read-all",
  unit: "events/s",
  better: "higher",
  rounds: ({ longRounds }) => longRounds,
  collectsGarbage: true,
  async prepare(bench) {
    await noteMemory(bench)
    return contestants(bench)
  },
}

function contestants(bench: Bench<SqliteParameters>): Promise<Contestants> {
  return ledgerContestants(bench, ["ours", "bare", "insert", "act-sqlite"], async (ledger) => {
    const { storeEvents } = bench.parameters
    await fillAccounts(ledger, storeEvents, bench.parameters)
    return () => perSecond(storeEvents, async () => requireDeposits(await ledger.readAll(), storeEvents))
  })
}

/** Of two stores, one four times as large: what grows with the store would show. */
async function noteMemory({ parameters, newPath, note }: Bench<SqliteParameters>): Promise<void> {
  for (const count of [parameters.storeEvents, 4 * parameters.storeEvents]) {
    const mebibytes = await readAllMemory(newPath("memory.db"), count, parameters)
    note(
      `reading ${count.toLocaleString("en")} events from first to last made the process grow by ${mebibytes.toFixed(0)} MiB`,
    )
  }
}
