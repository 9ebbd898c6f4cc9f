import type { Checkpoint, CheckpointStep, CheckpointStore } from "../ports/checkpoint-store.ts"
import type { Clock } from "../ports/clock.ts"
import { compareText } from "../streams/compare-text.ts"
import { slotCount } from "../streams/slot.ts"
import { holdsAll } from "./memory-lease-store.ts"
import type { TableAccess } from "./memory-ports.ts"
import type { MemoryTables } from "./memory-tables.ts"

const allSlots = { first: 0, last: slotCount - 1 }

export function createMemoryCheckpointStore({ read, write }: TableAccess, clock: Clock): CheckpointStore {
  return {
    load: (subscription) =>
      read(({ checkpoints }) => toRanges(checkpoints.get(subscription)?.positions ?? [])),
    advance: (subscription, step) => write((tables) => advance(tables, subscription, step, clock.now())),
    reset: (subscription, position) =>
      write(({ checkpoints }) =>
        checkpoints.set(subscription, { subscription, positions: new Array(slotCount).fill(position) }),
      ),
    remove: (subscription) => write(({ checkpoints }) => checkpoints.delete(subscription)),
    list: () =>
      read(({ checkpoints }) => [...checkpoints.rows()].map((row) => row.subscription).sort(compareText)),
  }
}

function advance(
  tables: MemoryTables,
  subscription: string,
  { slots = [allSlots], from, to, fences = [] }: CheckpointStep,
  now: number,
): "advanced" | "conflict" | "fenced" {
  if (!holdsAll(tables, fences, now)) return "fenced"
  const positions = [
    ...(tables.checkpoints.get(subscription)?.positions ?? new Array<number>(slotCount).fill(0)),
  ]
  for (const { first, last } of slots) {
    for (let slot = first; slot <= last; slot++) {
      if (positions[slot] !== from) return "conflict"
    }
  }
  for (const { first, last } of slots) positions.fill(to, first, last + 1)
  tables.checkpoints.set(subscription, { subscription, positions })
  return "advanced"
}

/** Merges neighbours at the same position. */
function toRanges(positions: readonly number[]): readonly Checkpoint[] {
  const ranges: Checkpoint[] = []
  let first = 0
  for (let slot = 1; slot <= positions.length; slot++) {
    const position = positions[first] as number
    if (positions[slot] === position) continue
    if (position > 0) ranges.push({ slots: { first, last: slot - 1 }, position })
    first = slot
  }
  return ranges
}
