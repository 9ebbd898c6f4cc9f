import type { Bench, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { depositOf } from "../deposits/deposit.ts"
import { settle } from "./create-database.ts"
import { databaseContestants } from "./database-contestants.ts"
import { fillAccounts } from "./fill-accounts.ts"
import { type AnnalsLedger, openAnnalsLedger } from "./ledgers/annals-ledger.ts"
import type { PostgresParameters } from "./postgres-parameters.ts"

/** Single appends, in sequence, to streams all over a large store; the same with a small one beside it. */
export const append1At10m: Scenario<PostgresParameters> = {
  name: "append-1-at-10m",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "at-100k", atLeast: 0.67 }],
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  async prepare(bench) {
    const { largeStore, smallStore } = bench.parameters
    const large = await databaseContestants({ ours: openAnnalsLedger }, fillAndAppend(bench, largeStore))
    const small = await databaseContestants({ ours: openAnnalsLedger }, fillAndAppend(bench, smallStore))
    return { ours: large.ours, peers: { "at-100k": small.ours } }
  },
}

/** A prime, so that each append goes to a stream far from the one before. */
const stride = 7919

function fillAndAppend({ parameters, note }: Bench<PostgresParameters>, events: number) {
  const { eventsPerStream, singleAppends } = parameters
  const accounts = Math.ceil(events / eventsPerStream)
  return async (ledger: AnnalsLedger, url: string) => {
    const start = performance.now()
    await fillAccounts(ledger, events, eventsPerStream)
    await settle(url)
    const seconds = (performance.now() - start) / 1000
    note(`a store of ${events.toLocaleString("en")} events was filled in ${seconds.toFixed(0)} s`)
    let next = 0
    const appendOne = async () => {
      const account = accountName((next * stride) % accounts)
      await ledger.append(account, [depositOf(next, account)], eventsPerStream + Math.floor(next / accounts))
      next++
    }
    return () =>
      perSecond(singleAppends, async () => {
        for (let index = 0; index < singleAppends; index++) await appendOne()
      })
  }
}
