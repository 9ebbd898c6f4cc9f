// Part 4: a long history needn't be folded each time. Loading begins with the newest snapshot, and reads what came after it.
import { createRepository, type EventStore } from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import { counter, increased, visitors } from "./counter.ts"

export async function snapshot(store: EventStore): Promise<void> {
  const crowd = Array.from({ length: 5000 }, () => increased({ by: 2 }))
  await store.append(visitors, crowd)

  await using snapshots = createSnapshots(store, counter)
  const counters = createRepository(store, counter, { snapshots })
  await snapshots.take("visitors") // folds everything, this once
  await counters.execute("visitors", "increase", { by: 1 }) // reads none of them

  const { state, version } = await counters.load("visitors")
  console.log(state, "after", version, "events")
  const { taken, hits } = snapshots.status()
  console.log("snapshots: taken", taken, "used", hits)
}
