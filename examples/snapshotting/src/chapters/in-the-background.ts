import { createSnapshots, everyEvents } from "@annals/snapshots"
import { machine } from "../machine.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { installMachine, machinesOf, type Plant, reportDay } from "../plant.ts"

const mills = ["mill-1", "mill-2", "mill-3"]

/** No command waits for a snapshot, and a clean shutdown leaves none out. */
export async function inTheBackground(plant: Plant): Promise<void> {
  const snapshots = createSnapshots(plant.store, machine, {
    ...machineSnapshots,
    policy: everyEvents(400),
    take: "background",
    maxWaiting: 100,
  })
  const machines = machinesOf(plant, snapshots)
  for (const id of mills) await installMachine(plant, id, 0, "south")
  await Promise.all(mills.map((id) => reportDay(machines, id, 1)))

  // The way down: commands have ended, then what waits is written, then the store is closed.
  await snapshots.close()
  const { waiting, dropped } = snapshots.status()
  console.log("after close() there wait", waiting, "and", dropped, "were dropped")
  for (const id of mills) {
    const newest = await plant.store.snapshots.load({ kind: "stream", name: "machine", id })
    console.log(`${id} has a snapshot of version ${newest?.revision}`)
  }
}
