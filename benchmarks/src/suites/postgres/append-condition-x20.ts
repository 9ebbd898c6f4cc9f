import type { Scenario } from "../../harness/scenario.ts"
import { conditionContestants } from "./condition-contestants.ts"
import type { PostgresParameters } from "./postgres-parameters.ts"

/** Twenty callers at a time, whose conditions have nothing to do with each other. */
export const appendConditionX20: Scenario<PostgresParameters> = {
  name: "append-condition-x20",
  unit: "events/s",
  better: "higher",
  rounds: ({ rounds }) => rounds,
  warmUps: ({ warmUps }) => warmUps,
  prepare: ({ parameters }) => conditionContestants(20, parameters.appendsPerCaller),
}
