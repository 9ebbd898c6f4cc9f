import { isDeepStrictEqual } from "node:util"
import { createSnapshots } from "@annals/snapshots"
import { describeStatus } from "../describe-status.ts"
import { machine } from "../machine.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { machinesOf, type Plant } from "../plant.ts"

/** Half of a snapshot gets lost. That costs time, and nothing else. */
export async function damaged(plant: Plant): Promise<void> {
  const { store, reads } = plant
  const snapshots = createSnapshots(store, machine, machineSnapshots)
  const machines = machinesOf(plant, snapshots)
  const { state: before } = await machines.load("saw")

  await store.transaction(async ({ tx }) => {
    tx.exec("UPDATE snapshots SET body = substr(body, 1, length(body) / 2) WHERE id = 'saw'")
  })
  const read = await reads.during(async () => {
    const { state } = await machines.load("saw")
    console.log("the same state:", isDeepStrictEqual(state, before))
  })
  console.log(`read ${read} events; ${describeStatus(snapshots.status())}`)

  await snapshots.take("saw")
  console.log("taken anew, it reads", await reads.during(() => machines.load("saw")), "events")
}
