import type { Scenario } from "../../harness/scenario.ts"
import { catchUpContestants } from "./catch-up.ts"
import { openAnnalsProjection } from "./followers/annals-follower.ts"
import { openBareProjection } from "./followers/bare-follower.ts"
import { openEmmettProjection } from "./followers/emmett-follower.ts"
import type { SubscriptionsParameters } from "./subscriptions-parameters.ts"

/** Folds a store's whole history into a balance for each account, in the transaction of the checkpoint. */
export const catchUpTransaction: Scenario<SubscriptionsParameters> = {
  name: "catch-up-transaction",
  unit: "events/s",
  better: "higher",
  rounds: ({ rounds }) => rounds,
  collectsGarbage: true,
  prepare: (bench) =>
    catchUpContestants(
      {
        ours: openAnnalsProjection,
        bare: openBareProjection,
        emmett: openEmmettProjection(bench.parameters.emmettEvents),
      },
      bench,
    ),
}
