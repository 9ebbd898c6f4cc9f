import { createSnapshots } from "@annals/snapshots"
import { describeStatus } from "../describe-status.ts"
import { machine } from "../machine.ts"
import { fromLastYear } from "../machine-snapshots.ts"
import { machinesOf, type Plant } from "../plant.ts"

/** This year: the state has another shape. The snapshots in the store are still last year's. */
export async function newShape(plant: Plant): Promise<void> {
  const upcast = createSnapshots(plant.store, machine, { schemaVersion: 2, upcasters: { 1: fromLastYear } })
  const machines = machinesOf(plant, upcast)
  const read = await plant.reads.during(() => machines.load("press"))
  console.log(`with an upcaster: read ${read} events; ${describeStatus(upcast.status())}`)

  const fresh = createSnapshots(plant.store, machine, { schemaVersion: 2 })
  const withoutOne = machinesOf(plant, fresh)
  const replayed = await plant.reads.during(() => withoutOne.load("press"))
  console.log(`without one: read ${replayed} events; ${describeStatus(fresh.status())}`)

  // What couldn't be used is replaced at the next save; or now.
  await fresh.take("press")
  const again = await plant.reads.during(() => withoutOne.load("press"))
  console.log(`taken anew: read ${again} events`)
}
