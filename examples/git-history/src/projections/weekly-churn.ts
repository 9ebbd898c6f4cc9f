import { defineProjection } from "@annals/core"
import { type FileChange, fileAdded, fileDeleted, fileEdited, fileRenamed } from "../domain/file.ts"

/** Lines added and removed by week, each known by the start of its Monday (epoch milliseconds, UTC). */
export type WeeklyChurn = Map<number, { added: number; removed: number }>

/** How much was rewritten when. */
export const weeklyChurn = defineProjection("weekly-churn", {
  events: [fileAdded, fileEdited, fileRenamed, fileDeleted],
  initial: (): WeeklyChurn => new Map(),
  on: { fileAdded: addLines, fileEdited: addLines, fileRenamed: addLines, fileDeleted: addLines },
})

interface TimedChange {
  readonly data: FileChange
  readonly occurredAt: number
}

function addLines(state: WeeklyChurn, { data, occurredAt }: TimedChange): void {
  if (data.merged || data.lines === null) return
  const monday = mondayOf(occurredAt)
  const { added, removed } = state.get(monday) ?? { added: 0, removed: 0 }
  state.set(monday, { added: added + data.lines.added, removed: removed + data.lines.removed })
}

const day = 24 * 60 * 60 * 1000

/** From one Monday to the next; weeks are counted in UTC, where each has seven days. */
export const week = 7 * day

/** The first of January 1970 was a Thursday. */
const firstMonday = 4 * day

function mondayOf(time: number): number {
  return Math.floor((time - firstMonday) / week) * week + firstMonday
}
