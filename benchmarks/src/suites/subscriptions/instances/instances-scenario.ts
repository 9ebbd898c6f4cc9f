import { balanceTables } from "../../../bare/postgres/balance-tables.ts"
import type { Contestant, Scenario } from "../../../harness/scenario.ts"
import { createDatabase, settle } from "../../postgres/create-database.ts"
import { fillAccounts } from "../../postgres/fill-accounts.ts"
import { openAnnalsLedger } from "../../postgres/ledgers/annals-ledger.ts"
import { execute } from "../../postgres/server.ts"
import type { SubscriptionsParameters } from "../subscriptions-parameters.ts"
import { InstanceGroup } from "./instance-group.ts"

/** So many processes share a projection whose handler gets one event at a time, in the checkpoint's transaction. */
export function instancesScenario(instances: number): Scenario<SubscriptionsParameters> {
  return {
    name: `instances-${instances}`,
    unit: "events/s",
    better: "higher",
    rounds: ({ rounds }) => rounds,
    async prepare({ parameters }) {
      const ours = await prepareGroup(instances, parameters)
      return instances === 1
        ? { ours }
        : { ours, peers: { "instances-1": await prepareGroup(1, parameters) } }
    },
  }
}

async function prepareGroup(
  instances: number,
  { sharedEvents, eventsPerStream }: SubscriptionsParameters,
): Promise<Contestant> {
  await using opening = new AsyncDisposableStack()
  const { url } = opening.use(await createDatabase(`instances-${instances}`))
  {
    await using ledger = await openAnnalsLedger(url)
    await fillAccounts(ledger, sharedEvents, eventsPerStream)
  }
  await execute(url, balanceTables)
  await settle(url)
  const group = opening.use(new InstanceGroup(url, instances))
  const open = opening.move()
  return {
    round: () => group.eventsPerSecond(sharedEvents),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
