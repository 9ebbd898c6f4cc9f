import { formatRatio, formatValue } from "./format-value.ts"
import { describeGoal, type Goal, reaches } from "./goal.ts"
import { type Row, ratioTo } from "./row.ts"

/** A row and what it was to reach, all of it. */
export interface Result {
  readonly row: Row
  readonly goals?: readonly Goal[]
}

const headings = ["scenario", "unit", "ours", "bare", "ours : bare", "peers (ours : peer)", "goal"]
const rightAligned = new Set(["ours", "bare", "ours : bare"])

/** One suite's results as lines of text. Ratios say how many times as good ours is, whichever way the unit goes. */
export function resultTable(results: readonly Result[]): string {
  const lines = [headings, ...results.map(cells)]
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] as string).length)),
  )
  return lines.map((line) => alignLine(line, widths)).join("\n")
}

function cells({ row, goals = [] }: Result): string[] {
  return [
    row.scenario,
    row.better === "higher" ? row.unit : `${row.unit} (less is better)`,
    formatValue(row.ours),
    row.bare === undefined ? "" : formatValue(row.bare),
    row.bare === undefined ? "" : formatRatio(ratioTo(row.bare, row)),
    Object.entries(row.peers ?? {})
      .map(([peer, value]) => `${peer} ${formatValue(value)} (${formatRatio(ratioTo(value, row))})`)
      .join(", "),
    goals.map((goal) => goalCell(row, goal)).join(", "),
  ]
}

function goalCell(row: Row, goal: Goal): string {
  const reached = reaches(row, goal)
  const verdict = reached === undefined ? "not compared" : reached ? "reached" : "MISSED"
  return `${describeGoal(goal, row.unit)}: ${verdict}`
}

function alignLine(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => {
      const width = widths[column] as number
      return rightAligned.has(headings[column] as string) ? cell.padStart(width) : cell.padEnd(width)
    })
    .join("  ")
    .trimEnd()
}
