import { setTimeout as delay } from "node:timers/promises"
import type { PlainBus } from "../../bare/plain-bus.ts"
import type { Scenario } from "../../harness/scenario.ts"
import { quantile } from "../subscriptions/latency/quantile.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { type Buses, busContestants, type Turn } from "./contestants.ts"
import { RecordedDeposits } from "./recorded-deposits.ts"

const quantiles = [0.5, 0.99]
/** Between an event and the next. */
const pauseMs = 5

/** From the call that publishes an event to the handler that gets it, one event at a time. */
export function roundTripScenario(buses: Buses, suffix: string): Scenario<BusParameters> {
  return {
    name: `round-trip${suffix}`,
    unit: "ms",
    better: "lower",
    more: [{ name: `round-trip-p99${suffix}` }],
    rounds: ({ rounds }) => rounds,
    prepare: ({ parameters: { roundTrips, streams } }) =>
      busContestants(buses, (bus) => prepareTurn(bus, roundTrips, new RecordedDeposits(streams))),
  }
}

async function prepareTurn(bus: PlainBus, count: number, deposits: RecordedDeposits): Promise<Turn> {
  let arrived = Promise.withResolvers<number>()
  const consumers = await bus.consume(1, () => arrived.resolve(performance.now()))
  return {
    async round() {
      const times: number[] = []
      for (let trip = 0; trip < count; trip++) {
        arrived = Promise.withResolvers()
        const events = deposits.next(1)
        const start = performance.now()
        const [end] = await Promise.all([arrived.promise, bus.publish(events)])
        times.push(end - start)
        await delay(pauseMs)
      }
      return quantiles.map((part) => quantile(times, part))
    },
    [Symbol.asyncDispose]: () => consumers[Symbol.asyncDispose](),
  }
}
