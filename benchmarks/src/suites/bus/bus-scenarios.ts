import type { Scenario } from "../../harness/scenario.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { consumeScenario } from "./consume-scenario.ts"
import type { Buses } from "./contestants.ts"
import { publishScenario } from "./publish-scenario.ts"
import { roundTripScenario } from "./round-trip-scenario.ts"

export interface BusScenarioOptions {
  /** What the scenarios' names end in. Default: nothing. */
  readonly suffix?: string
  /** What consuming is to reach, in times of bare. Default 0.8. */
  readonly consumingGoal?: number
}

/** What every broker is measured by. */
export function busScenarios(
  buses: Buses,
  { suffix = "", consumingGoal = 0.8 }: BusScenarioOptions = {},
): Scenario<BusParameters>[] {
  return [
    publishScenario(buses, 1, suffix, ({ singles }) => singles),
    publishScenario(buses, 100, suffix, ({ hundreds }) => hundreds),
    consumeScenario(buses, 1, suffix, consumingGoal),
    consumeScenario(buses, 4, suffix, consumingGoal),
    roundTripScenario(buses, suffix),
  ]
}
