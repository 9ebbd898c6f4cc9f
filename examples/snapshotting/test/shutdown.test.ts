import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSnapshots, everyEvents } from "@annals/snapshots"
import { expect, it } from "vitest"
import { machine } from "../src/machine.ts"
import { machineSnapshots } from "../src/machine-snapshots.ts"
import { installMachine, machinesOf, openPlant, reportDay } from "../src/plant.ts"

it("what was taken in the background before a clean shutdown is there after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "annals-plant-"))
  try {
    const options = { ...machineSnapshots, policy: everyEvents(100), take: "background" } as const
    {
      await using plant = openPlant(join(folder, "plant.db"))
      await using snapshots = createSnapshots(plant.store, machine, options)
      await installMachine(plant, "mill", 0)
      await reportDay(machinesOf(plant, snapshots), "mill", 1)
    }
    await using plant = openPlant(join(folder, "plant.db"))
    const machines = machinesOf(plant, createSnapshots(plant.store, machine, options))
    const read = await plant.reads.during(() => machines.load("mill"))
    expect(read).toBeLessThan(100)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
