import type { Bench, Contestants } from "../../harness/scenario.ts"
import { accountName } from "../deposits/account-name.ts"
import { depositsOf } from "../postgres/append-sequence.ts"
import { settle } from "../postgres/create-database.ts"
import { databaseContestants } from "../postgres/database-contestants.ts"
import type { Open } from "../postgres/ledgers/ledger.ts"
import type { CaughtUp, Follower } from "./followers/follower.ts"
import type { SubscriptionsParameters } from "./subscriptions-parameters.ts"

/** Fills a database for each follower; a turn is one catching up, from the first event on. */
export function catchUpContestants(
  followers: Readonly<Record<string, Open<Follower>>>,
  { parameters: { storeEvents, emmettEvents, eventsPerStream } }: Bench<SubscriptionsParameters>,
): Promise<Contestants> {
  return databaseContestants(followers, async (follower, url, name) => {
    for (let first = 0; first < storeEvents; first += eventsPerStream) {
      const account = accountName(first / eventsPerStream)
      await follower.append(account, depositsOf(account, first, eventsPerStream), 0)
    }
    await settle(url)
    const expected = name === "emmett" ? Math.min(emmettEvents, storeEvents) : storeEvents
    return () => handledPerSecond(expected, () => follower.catchUp())
  })
}

/** Who handles fewer events than there are would be fast. */
export async function handledPerSecond(expected: number, work: () => Promise<CaughtUp>): Promise<number> {
  const start = performance.now()
  const { handled, end } = await work()
  const seconds = (performance.now() - start) / 1000
  await end?.()
  if (handled !== expected) throw new Error(`handled ${handled} events of ${expected}`)
  return handled / seconds
}
