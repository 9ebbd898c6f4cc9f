// Part 2: the value is stored nowhere. It is what the events add up to, and a command decides on it.
import { createRepository, type EventStore, isRefused } from "@annals/core"
import { counter } from "./counter.ts"

export async function fold(store: EventStore): Promise<void> {
  const counters = createRepository(store, counter)
  const { state, version } = await counters.load("visitors")
  console.log(state, "after", version, "events")

  const earlier = await counters.load("visitors", { atVersion: 2 })
  console.log(earlier.state, "after", earlier.version)

  await counters.execute("visitors", "decrease", { by: 4 }).catch((error) => {
    if (!isRefused(error, "below-zero")) throw error
    console.log("refused:", error.reason, error.details)
  })
}
