import type { Scenario } from "../../harness/scenario.ts"
import { conditionContestants } from "./condition-contestants.ts"
import type { PostgresParameters } from "./postgres-parameters.ts"

/** One event under a condition, then the next one. */
export const appendCondition: Scenario<PostgresParameters> = {
  name: "append-condition",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "plain", atLeast: 0.8 }],
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  prepare: ({ parameters }) => conditionContestants(1, parameters.singleAppends),
}
