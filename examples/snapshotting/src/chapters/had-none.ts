import { createRepository } from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import { machineLastYear } from "../machine-last-year.ts"
import { installMachine, type Plant } from "../plant.ts"

/** Last year: the plant has run for a while, and gets snapshots. */
export async function hadNone(plant: Plant): Promise<void> {
  const { store, reads } = plant
  await installMachine(plant, "press", 14)
  await installMachine(plant, "saw", 3)
  await installMachine(plant, "lathe", 0, "south")

  const snapshots = createSnapshots(store, machineLastYear)
  const machines = createRepository(store, machineLastYear, { snapshots })
  console.log("loading the press reads", await reads.during(() => machines.load("press")), "events")

  const { seen, taken } = await snapshots.takeAll({ minToReplay: 100 })
  console.log("takeAll saw", seen, "machines, and took", taken, "snapshots")

  console.log("loading the press reads", await reads.during(() => machines.load("press")), "events")
}
