import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { depositOf } from "../deposits/deposit.ts"
import { fillAccounts } from "./fill-ledger.ts"
import { createAnnalsLedger } from "./ledgers/annals-ledger.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Single appends, in sequence, to streams all over a large store; the same with a small one beside it. */
export const append1At10m: Scenario<SqliteParameters> = {
  name: "append-1-at-10m",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "at-100k", atLeast: 0.67 }],
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  async prepare(bench) {
    const { largeStore, smallStore } = bench.parameters
    bench.note(`stores of ${largeStore.toLocaleString("en")} and ${smallStore.toLocaleString("en")} events`)
    return { ours: await storeOf(bench, largeStore), peers: { "at-100k": await storeOf(bench, smallStore) } }
  },
}

/** A prime, so that each append goes to a stream far from the one before. */
const stride = 7919

async function storeOf(
  { parameters, newPath }: Bench<SqliteParameters>,
  events: number,
): Promise<Contestant> {
  const ledger = await createAnnalsLedger(newPath(`${events}.db`))
  await fillAccounts(ledger, events, parameters)
  const accounts = Math.ceil(events / parameters.eventsPerStream)
  let next = 0
  const appendOne = async () => {
    const account = accountName((next++ * stride) % accounts)
    await ledger.append(account, [depositOf(next, account)])
  }
  return {
    round: () =>
      perSecond(parameters.singleAppends, async () => {
        for (let index = 0; index < parameters.singleAppends; index++) await appendOne()
      }),
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}
