// How a machine's snapshots are kept: options that each program which loads machines must share.
import type { Machine } from "./machine.ts"
import type { MachineLastYear } from "./machine-last-year.ts"

/** What last year's program kept, as today's would have folded it. `test/machine-snapshots.test.ts` holds it to that. */
export function fromLastYear({ limit, count, sum, hottest, last }: MachineLastYear): Machine {
  return {
    limit,
    readings: { count, sum, hottest },
    isHot: limit !== null && last !== null && last > limit,
  }
}

export const machineSnapshots = { schemaVersion: 2, upcasters: { 1: fromLastYear } } as const
