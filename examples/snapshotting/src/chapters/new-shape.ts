import { createSnapshots } from "@annals/snapshots"
import { describeStatus } from "../describe-status.ts"
import { machine } from "../machine.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { machinesOf, type Plant } from "../plant.ts"

/** This year: the state has another shape. The snapshots in the store are still last year's. */
export async function newShape(plant: Plant): Promise<void> {
  const options = {
    "without an upcaster": { schemaVersion: 2 },
    "with one": machineSnapshots,
  }
  for (const [which, option] of Object.entries(options)) {
    const snapshots = createSnapshots(plant.store, machine, option)
    const machines = machinesOf(plant, snapshots)
    const read = await plant.reads.during(() => machines.load("press"))
    console.log(`${which}: read ${read} events; ${describeStatus(snapshots.status())}`)
  }
}
