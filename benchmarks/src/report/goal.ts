import { type Row, ratioTo } from "./row.ts"

/** What a scenario is to reach: a ratio to another value of its row, or a value by itself. */
export type Goal = { readonly ratioTo: string; readonly atLeast: number } | { readonly atMost: number }

/** Whether a row reaches its goal; `undefined` where the row doesn't have what the goal compares with. */
export function reaches(row: Row, goal: Goal): boolean | undefined {
  if ("atMost" in goal) return row.ours <= goal.atMost
  const other = goal.ratioTo === "bare" ? row.bare : row.peers?.[goal.ratioTo]
  return other === undefined ? undefined : ratioTo(other, row) >= goal.atLeast
}

/** The goal in the words of the table. */
export function describeGoal(goal: Goal, unit: string): string {
  return "atMost" in goal
    ? `at most ${goal.atMost.toLocaleString("en")} ${unit}`
    : `at least ${goal.atLeast}× ${goal.ratioTo}`
}
