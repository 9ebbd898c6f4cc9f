import { createRepository, type SnapshotLoading } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { dayOfReadings, limit } from "./day-of-readings.ts"
import { type Machine, machine } from "./machine.ts"
import { createReadCounter, type ReadCounter } from "./read-counter.ts"

/** What each chapter works on: the plant's store, and how much is read from it. */
export interface Plant extends AsyncDisposable {
  readonly store: SqliteStore
  readonly reads: ReadCounter
}

export type Machines = ReturnType<typeof machinesOf>

export function openPlant(file: string): Plant {
  const reads = createReadCounter()
  const store = createSqliteStore({ file, durability: "normal", observer: reads.observer })
  return { store, reads, [Symbol.asyncDispose]: () => store.close() }
}

export function machinesOf({ store }: Plant, snapshots?: SnapshotLoading<Machine>) {
  return createRepository(store, machine, snapshots ? { snapshots } : {})
}

/** Installs a machine and records days of readings at one go, as an import does. */
export async function installMachine(plant: Plant, id: string, days: number, hall = "north"): Promise<void> {
  const machines = machinesOf(plant)
  await machines.execute(id, "install", { hall, limit })
  const tenths = Array.from({ length: days }, (_nothing, day) => dayOfReadings(day)).flat()
  await machines.execute(id, "measure", { tenths })
}

/** A day of a machine as it comes: one command for each half hour. */
export async function reportDay(machines: Machines, id: string, day: number): Promise<void> {
  const readings = dayOfReadings(day)
  for (let from = 0; from < readings.length; from += 30) {
    await machines.execute(id, "measure", { tenths: readings.slice(from, from + 30) })
  }
}
