import { createRepository, defineDecider } from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import { describeStatus } from "../describe-status.ts"
import { formatTemperature } from "../format-temperature.ts"
import { machine } from "../machine.ts"
import { machineEvents } from "../machine-events.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { machinesOf, type Plant } from "../plant.ts"

/**
 * Somebody has a service reset the hottest reading, and forgets to raise `schemaVersion`: snapshots are still those of the old rule. The compiler can't know.
 */
const changed = defineDecider("machine", {
  events: machineEvents,
  initial: machine.initial,
  evolve: {
    installed: machine.evolve,
    measured: machine.evolve,
    overheated: machine.evolve,
    serviced: (state) => ({ ...state, readings: { ...state.readings, hottest: null } }),
  },
  decide: {},
})

/** Comparing a share of the loads with a full replay finds it. */
export async function changedRules(plant: Plant): Promise<void> {
  const today = createSnapshots(plant.store, machine, machineSnapshots)
  await machinesOf(plant, today).execute("press", "service")
  await today.take("press")
  const { state: before } = await machinesOf(plant, today).load("press")
  console.log("by the old rule the hottest reading is", formatTemperature(before.readings.hottest))

  const snapshots = createSnapshots(plant.store, changed, { ...machineSnapshots, verifyShare: 1 })
  const { state } = await createRepository(plant.store, changed, { snapshots }).load("press")
  console.log("by the new rule the hottest reading is", formatTemperature(state.readings.hottest))
  console.log(`verified ${snapshots.status().verified}; ${describeStatus(snapshots.status())}`)
}
