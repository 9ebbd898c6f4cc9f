import type { FileChange } from "../domain/file.ts"
import type { Projection } from "./projection.ts"

/** Lines added and removed by week, each known by the start of its Monday (epoch milliseconds, UTC). */
export type WeeklyChurn = Map<number, { added: number; removed: number }>

/** How much was rewritten when. */
export const weeklyChurn: Projection<WeeklyChurn> = {
  initial: () => new Map(),
  handlers: { fileAdded: addLines, fileEdited: addLines, fileRenamed: addLines, fileDeleted: addLines },
}

interface TimedChange {
  readonly data: FileChange
  readonly occurredAt: number
}

function addLines(state: WeeklyChurn, { data, occurredAt }: TimedChange): WeeklyChurn {
  if (data.merged || data.lines === null) return state
  const monday = mondayOf(occurredAt)
  const week = state.get(monday)
  if (week === undefined) state.set(monday, { added: data.lines.added, removed: data.lines.removed })
  else {
    week.added += data.lines.added
    week.removed += data.lines.removed
  }
  return state
}

const day = 24 * 60 * 60 * 1000

/** From one Monday to the next; weeks are counted in UTC, where each has seven days. */
export const week = 7 * day

/** The first of January 1970 was a Thursday. */
const firstMonday = 4 * day

export function mondayOf(time: number): number {
  return Math.floor((time - firstMonday) / week) * week + firstMonday
}
