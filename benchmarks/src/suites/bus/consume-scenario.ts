import type { Scenario } from "../../harness/scenario.ts"
import { Backlog } from "./backlog.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { type Buses, busContestants } from "./contestants.ts"

/** So many consumers of one group hand a backlog to an empty handler, one event at a time. */
export function consumeScenario(
  buses: Buses,
  consumers: number,
  suffix: string,
  goal: number,
): Scenario<BusParameters> {
  return {
    name: `consume-${consumers}${suffix}`,
    unit: "events/s",
    better: "higher",
    goals: [{ ratioTo: "bare", atLeast: goal }],
    rounds: ({ rounds }) => rounds,
    collectsGarbage: true,
    prepare: ({ parameters: { consumed, streams } }) =>
      busContestants(buses, async (bus) => {
        const backlog = await Backlog.open(bus, consumers, streams)
        return {
          round: () => backlog.workOff(consumed),
          [Symbol.asyncDispose]: () => backlog[Symbol.asyncDispose](),
        }
      }),
  }
}
