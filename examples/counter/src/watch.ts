// Part 3: whoever watches goes through what is there, and is told what follows.
import { createRepository, type EventStore } from "@annals/core"
import { watch } from "@annals/subscriptions"
import { counter, visitors } from "./counter.ts"

export async function watchFor(store: EventStore): Promise<void> {
  const watching = untilFive(store)
  const counters = createRepository(store, counter)
  await counters.execute("visitors", "increase", { by: 1 })
  await counters.execute("visitors", "increase", { by: 1 })
  await watching
}

async function untilFive(store: EventStore): Promise<void> {
  let { value } = counter.initial()
  for await (const event of watch(store, { stream: visitors })) {
    value = counter.evolve({ value }, event).value
    console.log(event.type, "makes", value)
    if (event.version === 5) break
  }
}
