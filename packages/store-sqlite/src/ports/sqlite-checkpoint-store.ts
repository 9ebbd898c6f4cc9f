import {
  type Checkpoint,
  type CheckpointStep,
  type CheckpointStore,
  type Clock,
  type SlotRange,
  slotCount,
} from "@annals/core"
import type { Connection } from "../connection.ts"
import {
  deleteCheckpoint,
  insertCheckpoint,
  listCheckpoints,
  loadCheckpoints,
  moveCheckpoint,
  removeCheckpoints,
} from "../statements/checkpoints.ts"
import type { PortAccess } from "./port-access.ts"
import { emptySlots, hasAll, hasSlot, isEmpty, type SlotSet, slotsOf, union, without } from "./slot-set.ts"
import { holdsAll } from "./sqlite-lease-store.ts"

const allSlots: readonly SlotRange[] = [{ first: 0, last: slotCount - 1 }]

type CheckpointRow = [position: number, slots: SlotSet]

export function createSqliteCheckpointStore(
  tenant: string,
  { read, write }: PortAccess,
  clock: Clock,
): CheckpointStore {
  const load = (connection: Connection, subscription: string) =>
    connection.all<CheckpointRow>(loadCheckpoints, tenant, subscription)

  const advance = (connection: Connection, subscription: string, step: CheckpointStep) => {
    const { slots = allSlots, from, to, fences = [] } = step
    if (!holdsAll(connection, tenant, fences, clock.now())) return "fenced"
    const moving = slotsOf(slots)
    // The common case, one statement: whoever stands at `from` moves on together, and nobody stands at `to`.
    if (from < to && connection.run(moveCheckpoint, tenant, subscription, from, to, moving) === 1)
      return "advanced"
    const rows = new Map(load(connection, subscription))
    if (rows.size === 0) rows.set(0, slotsOf(allSlots))
    const standing = rows.get(from)
    if (standing === undefined || !hasAll(standing, moving)) return "conflict"
    const place = (position: number, there: SlotSet) => {
      if (isEmpty(there)) connection.run(deleteCheckpoint, tenant, subscription, position)
      else connection.run(insertCheckpoint, tenant, subscription, position, there)
    }
    if (from === to) {
      place(from, standing)
    } else {
      place(from, without(standing, moving))
      place(to, union(rows.get(to) ?? emptySlots(), moving))
    }
    return "advanced"
  }

  return {
    load: (subscription) => read((connection) => toRanges(load(connection, subscription))),
    advance: (subscription, step) => write((connection) => advance(connection, subscription, step)),
    reset: (subscription, position) =>
      write((connection) => {
        connection.run(removeCheckpoints, tenant, subscription)
        connection.run(insertCheckpoint, tenant, subscription, position, slotsOf(allSlots))
      }),
    remove: (subscription) =>
      write((connection) => {
        connection.run(removeCheckpoints, tenant, subscription)
      }),
    list: () => read((connection) => connection.all<[string]>(listCheckpoints, tenant).map(([name]) => name)),
  }
}

/** Merges neighbours at the same position. */
function toRanges(rows: readonly CheckpointRow[]): readonly Checkpoint[] {
  const positions = new Float64Array(slotCount)
  for (const [position, slots] of rows) {
    for (let slot = 0; slot < slotCount; slot++) if (hasSlot(slots, slot)) positions[slot] = position
  }
  const ranges: Checkpoint[] = []
  let first = 0
  for (let slot = 1; slot <= slotCount; slot++) {
    const position = positions[first] as number
    if (positions[slot] === position) continue
    if (position > 0) ranges.push({ slots: { first, last: slot - 1 }, position })
    first = slot
  }
  return ranges
}
