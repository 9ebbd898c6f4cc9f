import { formatDay, formatNumber } from "./format.ts"
import type { Style } from "./style.ts"

/** A value over time. */
export interface ChartPoint {
  /** Epoch milliseconds. */
  readonly time: number
  readonly value: number
}

export interface ChartOptions {
  /** Columns that the chart may take. */
  readonly width: number
  /** Lines that its bars may take. */
  readonly height: number
  readonly style: Style
}

const eighths = ["", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const

/** Draws upright bars with their greatest value at the top left, and the first and the last day below. */
export function drawChart(
  points: readonly ChartPoint[],
  { width, height, style }: ChartOptions,
): readonly string[] {
  const top = Math.max(0, ...points.map(({ value }) => value))
  const label = formatNumber(top)
  const rows = Array.from({ length: height }, (_, index) => {
    const level = height - 1 - index
    const axis = index === 0 ? label : level === 0 ? "0" : ""
    const bars = points.map(({ value }) => drawCell(value, top, height, level)).join("")
    return `${style.dim(`${axis.padStart(label.length)} │`)}${style.accent(bars)}`
  })
  const indent = " ".repeat(label.length + 2)
  return [...rows, style.dim(indent + drawDays(points, Math.min(points.length, width - indent.length)))]
}

/** How many points fit, beside the label of the greatest value. */
export function chartColumns(width: number, top: number): number {
  return Math.max(1, width - formatNumber(top).length - 2)
}

/** What one bar shows in one line; a bar that isn't zero is never invisible. */
function drawCell(value: number, top: number, height: number, level: number): string {
  if (value === 0) return " "
  const filled = Math.max(1, Math.round((value / top) * height * 8)) - level * 8
  return eighths[Math.min(8, Math.max(0, filled))] || " "
}

function drawDays(points: readonly ChartPoint[], width: number): string {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return ""
  const days = [formatDay(first.time), formatDay(last.time)] as const
  const gap = width - days[0].length - days[1].length
  return gap > 0 ? days[0] + " ".repeat(gap) + days[1] : first === last ? days[0] : days.join(" – ")
}
