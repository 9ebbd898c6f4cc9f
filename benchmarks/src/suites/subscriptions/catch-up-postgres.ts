import type { Scenario } from "../../harness/scenario.ts"
import { catchUpContestants } from "./catch-up.ts"
import { openAnnalsFollower } from "./followers/annals-follower.ts"
import { openBareFollower } from "./followers/bare-follower.ts"
import { openEmmettFollower } from "./followers/emmett-follower.ts"
import type { SubscriptionsParameters } from "./subscriptions-parameters.ts"

/** Hands a store's whole history to an empty handler, one event at a time. */
export const catchUpPostgres: Scenario<SubscriptionsParameters> = {
  name: "catch-up-postgres",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.8 }],
  rounds: ({ rounds }) => rounds,
  collectsGarbage: true,
  prepare: (bench) =>
    catchUpContestants(
      {
        ours: openAnnalsFollower,
        bare: openBareFollower,
        emmett: openEmmettFollower(bench.parameters.emmettEvents),
      },
      bench,
    ),
}
