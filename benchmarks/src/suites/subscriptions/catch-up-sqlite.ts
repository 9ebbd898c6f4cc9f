import { createSqliteStore } from "@annals/store-sqlite"
import { createSubscription, defineSubscription } from "@annals/subscriptions"
import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { fillAccounts } from "../sqlite/fill-ledger.ts"
import { createAnnalsLedger } from "../sqlite/ledgers/annals-ledger.ts"
import { createBareLedger } from "../sqlite/ledgers/bare-ledger.ts"
import { handledPerSecond } from "./catch-up.ts"
import type { SubscriptionsParameters } from "./subscriptions-parameters.ts"

const pageEvents = 10_000

/** Hands a file's whole history to an empty handler, one event at a time. */
export const catchUpSqlite: Scenario<SubscriptionsParameters> = {
  name: "catch-up-sqlite",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.5 }],
  rounds: ({ rounds }) => rounds,
  collectsGarbage: true,
  prepare: async (bench) => ({ ours: await prepareOurs(bench), bare: await prepareBare(bench) }),
}

type SqliteBench = Bench<SubscriptionsParameters>

async function prepareOurs({ parameters, newPath }: SqliteBench): Promise<Contestant> {
  const { fileEvents, eventsPerStream } = parameters
  const file = newPath("ours.db")
  const ledger = await createAnnalsLedger(file)
  await fillAccounts(ledger, fileEvents, { pageEvents, eventsPerStream })
  await ledger[Symbol.asyncDispose]()
  const store = createSqliteStore({ file })
  let turns = 0
  const catchUp = async () => {
    let handled = 0
    const definition = defineSubscription(`turn-${++turns}`, { handle: () => void handled++ })
    const subscription = createSubscription(store, definition)
    await subscription.start()
    await subscription.waitFor(await store.head(), { timeoutMs: 600_000 })
    return { handled, end: () => subscription.stop() }
  }
  return {
    round: () => handledPerSecond(fileEvents, catchUp),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

/** A paged read, written by hand: every column of every event, parsed. */
async function prepareBare({ parameters, newPath }: SqliteBench): Promise<Contestant> {
  const { fileEvents, eventsPerStream } = parameters
  const ledger = await createBareLedger(newPath("bare.db"))
  await fillAccounts(ledger, fileEvents, { pageEvents, eventsPerStream })
  return {
    round: () => handledPerSecond(fileEvents, async () => ({ handled: (await ledger.readAll()).deposits })),
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}
