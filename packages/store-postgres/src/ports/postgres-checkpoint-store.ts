import { type Checkpoint, type CheckpointStore, type SlotRange, slotCount } from "@annals/core"
import type { SqlRow, SqlRunner } from "../sql/sql-runner.ts"
import {
  advanceCheckpoint,
  listCheckpoints,
  loadCheckpoints,
  resetCheckpoint,
} from "../statements/checkpoints.ts"
import { fenceValues } from "./postgres-lease-store.ts"

const allSlots: readonly SlotRange[] = [{ first: 0, last: slotCount - 1 }]

export function createPostgresCheckpointStore(runner: SqlRunner, tenant: string): CheckpointStore {
  return {
    load: async (subscription) => toRanges(await runner.run(loadCheckpoints, [tenant, subscription])),
    async advance(subscription, { slots = allSlots, from, to, fences = [] }) {
      const [row] = await runner.run(advanceCheckpoint, [
        tenant,
        subscription,
        slots.map(({ first }) => first),
        slots.map(({ last }) => last),
        from,
        to,
        ...fenceValues(fences),
      ])
      return row?.[0] as "advanced" | "conflict" | "fenced"
    },
    async reset(subscription, position) {
      await runner.run(resetCheckpoint, [tenant, subscription, position])
    },
    async remove(subscription) {
      await runner.run(resetCheckpoint, [tenant, subscription, null])
    },
    list: async () => (await runner.run(listCheckpoints, [tenant])).map(([name]) => name as string),
  }
}

/** Merges neighbours at the same position. */
function toRanges(rows: readonly SqlRow[]): readonly Checkpoint[] {
  const ranges: Checkpoint[] = []
  for (const row of rows) {
    const [first, last, position] = row.map(Number) as [number, number, number]
    const before = ranges.at(-1)
    if (before?.position === position && before.slots.last === first - 1) {
      ranges[ranges.length - 1] = { slots: { first: before.slots.first, last }, position }
    } else {
      ranges.push({ slots: { first, last }, position })
    }
  }
  return ranges
}
