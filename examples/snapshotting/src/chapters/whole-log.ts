import { createFoldSnapshots, everyEvents } from "@annals/snapshots"
import { createMemoryProjection } from "@annals/subscriptions"
import { describeStatus } from "../describe-status.ts"
import { hotHalls, hotHallsForm } from "../hot-halls.ts"
import { installMachine, type Plant } from "../plant.ts"

/** A fold over the whole log continues from its snapshot, and so does a projection in memory when its process starts. */
export async function wholeLog(plant: Plant): Promise<void> {
  const { store, reads } = plant
  const snapshots = createFoldSnapshots(store, hotHalls, { policy: everyEvents(100), form: hotHallsForm })

  const first = await reads.during(async () => {
    const { state } = await snapshots.read()
    console.log("alarms by hall:", Object.fromEntries(state.alarms))
  })
  console.log(`  read ${first} events`)
  console.log("once more: read", await reads.during(() => snapshots.read()), "events")

  await installMachine(plant, "oven", 1, "south")
  await using running = createMemoryProjection(store, hotHalls, { snapshots })
  await running.start()
  await running.waitFor(await store.head())
  console.log(
    "in memory:",
    Object.fromEntries(running.state.alarms),
    `after ${running.status().handled} events`,
  )
  console.log(describeStatus(snapshots.status()))
}
