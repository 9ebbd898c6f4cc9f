import type { Scenario } from "../../harness/scenario.ts"
import { catchUpContestants } from "./catch-up.ts"
import { openBareFollower } from "./followers/bare-follower.ts"
import { openEmmettFollower } from "./followers/emmett-follower.ts"
import { openManagedFollowers, openSeparateFollowers } from "./followers/several-followers.ts"
import type { SubscriptionsParameters } from "./subscriptions-parameters.ts"

const projections = 10

/** Hands a store's whole history to ten empty handlers at the same time. */
export const tenProjections: Scenario<SubscriptionsParameters> = {
  name: "ten-projections",
  unit: "events/s",
  better: "higher",
  rounds: ({ rounds }) => rounds,
  collectsGarbage: true,
  prepare: (bench) => {
    const emmettEvents = Math.ceil(bench.parameters.emmettEvents / projections)
    return catchUpContestants(
      {
        ours: openManagedFollowers(projections),
        bare: openBareFollower,
        separate: openSeparateFollowers(projections),
        emmett: openEmmettFollower(emmettEvents, projections),
      },
      { ...bench, parameters: { ...bench.parameters, emmettEvents } },
    )
  },
}
