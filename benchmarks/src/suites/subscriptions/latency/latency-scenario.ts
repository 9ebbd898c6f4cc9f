import type { Contestant, Scenario } from "../../../harness/scenario.ts"
import { createDatabase } from "../../postgres/create-database.ts"
import type { SubscriptionsParameters } from "../subscriptions-parameters.ts"
import { latencies } from "./latencies.ts"
import { type ListenerName, listeners } from "./listeners.ts"
import { quantile } from "./quantile.ts"

const quantiles = [0.5, 0.95, 0.99]

/** From the call that appends, in another process, to the handler, while so many events come each second. */
export function latencyScenario(eventsPerSecond: number): Scenario<SubscriptionsParameters> {
  const name = `latency-${eventsPerSecond}`
  return {
    name,
    unit: "ms",
    better: "lower",
    goals: [{ atMost: 3 }],
    more: [{ name: `${name}-p95` }, { name: `${name}-p99`, goals: [{ atMost: 10 }] }],
    rounds: ({ latencyRounds }) => latencyRounds,
    warmUps: ({ latencyRounds }) => (latencyRounds > 1 ? 1 : 0),
    async prepare({ parameters: { latencySeconds } }) {
      const prepare = (contestant: ListenerName) => prepareOne(contestant, eventsPerSecond, latencySeconds)
      const ours = await prepare("ours")
      const bare = await prepare("bare")
      // What comes faster than its consumer stores checkpoints only shows how long it was measured.
      if (eventsPerSecond > 100) return { ours, bare }
      return { ours, bare, peers: { emmett: await prepare("emmett") } }
    },
  }
}

async function prepareOne(name: ListenerName, eventsPerSecond: number, seconds: number): Promise<Contestant> {
  await using opening = new AsyncDisposableStack()
  const { url } = opening.use(await createDatabase(`latency-${name}`))
  const listener = opening.use(await listeners[name](url))
  const open = opening.move()
  const count = Math.ceil(eventsPerSecond * seconds)
  return {
    async round() {
      const measured = await latencies(listener, { contestant: name, url, eventsPerSecond, count })
      return quantiles.map((part) => quantile(measured, part))
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
