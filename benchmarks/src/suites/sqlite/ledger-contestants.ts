import { asContestants } from "../../harness/as-contestants.ts"
import type { Bench, Contestant, Contestants } from "../../harness/scenario.ts"
import type { Ledger } from "./ledgers/ledger.ts"
import { type LedgerName, ledgers } from "./ledgers/ledgers.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Gives each of the named ledgers a new file, lets `prepare` fill it, and measures what `prepare` returns. */
export async function ledgerContestants(
  bench: Bench<SqliteParameters>,
  names: readonly LedgerName[],
  prepare: (ledger: Ledger) => Promise<() => Promise<number>>,
): Promise<Contestants> {
  const contestants = new Map<string, Contestant>()
  for (const name of names) {
    const ledger = await ledgers[name](bench.newPath(`${name}.db`))
    const round = await prepare(ledger)
    contestants.set(name, { round, [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose]() })
  }
  return asContestants(contestants)
}
