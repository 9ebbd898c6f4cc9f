import {
  afterReplaying,
  afterTime,
  anyOf,
  createSnapshots,
  everyEvents,
  never,
  type SnapshotPolicy,
} from "@annals/snapshots"
import { machine } from "../machine.ts"
import { machineSnapshots } from "../machine-snapshots.ts"
import { installMachine, machinesOf, type Plant, reportDay } from "../plant.ts"

/** One's own: the longer the history, the rarer. Loading then replays a fifth of it at most. */
const whenGrownByAFifth: SnapshotPolicy = ({ toReplay, toRevision }) => toReplay * 5 > toRevision

const policies: Readonly<Record<string, SnapshotPolicy>> = {
  "never()": never(),
  "everyEvents(500)": everyEvents(500),
  "afterReplaying(200)": afterReplaying(200),
  "anyOf(everyEvents(500), afterTime({ ms: 3_600_000 }))": anyOf(
    everyEvents(500),
    afterTime({ ms: 3_600_000 }),
  ),
  whenGrownByAFifth,
}

/** The same day of a new machine, under each policy: what is taken, and what the commands of that day read. */
export async function comparePolicies(plant: Plant): Promise<void> {
  for (const [index, [name, policy]] of Object.entries(policies).entries()) {
    const id = `drill-${index + 1}`
    await installMachine(plant, id, 0)
    const snapshots = createSnapshots(plant.store, machine, { ...machineSnapshots, policy })
    const read = await plant.reads.during(() => reportDay(machinesOf(plant, snapshots), id, 1))
    console.log(`${name}: took ${snapshots.status().taken}, read ${read} events`)
  }
}
