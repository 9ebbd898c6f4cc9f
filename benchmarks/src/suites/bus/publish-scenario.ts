import type { Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { type Buses, busContestants } from "./contestants.ts"
import { RecordedDeposits } from "./recorded-deposits.ts"

/** Publishes so many events in a call, one call after the other, for a group that exists and isn't there. */
export function publishScenario(
  buses: Buses,
  eventsPerCall: number,
  suffix: string,
  callsOf: (parameters: BusParameters) => number,
): Scenario<BusParameters> {
  return {
    name: `publish-${eventsPerCall}${suffix}`,
    unit: "events/s",
    better: "higher",
    goals: [{ ratioTo: "bare", atLeast: 0.8 }],
    rounds: ({ rounds }) => rounds,
    collectsGarbage: true,
    prepare: ({ parameters }) => {
      const calls = callsOf(parameters)
      return busContestants(buses, async (bus) => {
        const deposits = new RecordedDeposits(parameters.streams)
        const group = await bus.consume(1, () => {})
        await group[Symbol.asyncDispose]()
        return {
          async round() {
            const events = Array.from({ length: calls }, () => deposits.next(eventsPerCall))
            return perSecond(calls * eventsPerCall, async () => {
              for (const call of events) await bus.publish(call)
            })
          },
        }
      })
    },
  }
}
