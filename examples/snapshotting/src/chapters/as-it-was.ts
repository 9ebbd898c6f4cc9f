import { createSnapshots, everyEvents } from "@annals/snapshots"
import { formatTemperature } from "../format-temperature.ts"
import { machine } from "../machine.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { installMachine, machinesOf, type Plant, reportDay } from "../plant.ts"

/** Where all snapshots are kept, an earlier version is as near as the newest. */
export async function asItWas(plant: Plant): Promise<void> {
  const snapshots = createSnapshots(plant.store, machine, {
    ...machineSnapshots,
    policy: everyEvents(300),
    keepLast: "all",
  })
  const machines = machinesOf(plant, snapshots)
  await installMachine(plant, "crane", 0, "south")
  await reportDay(machines, "crane", 1)

  for (const atVersion of [1000, 350, 20]) {
    const read = await plant.reads.during(async () => {
      const { state } = await machines.load("crane", { atVersion })
      console.log(
        `after ${atVersion} events the hottest reading was`,
        formatTemperature(state.readings.hottest),
      )
    })
    console.log(`  read ${read} events`)
  }
}
