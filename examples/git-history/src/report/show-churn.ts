import { type WeeklyChurn, week } from "../projections/weekly-churn.ts"
import { type ChartPoint, chartColumns, drawChart } from "../terminal/bar-chart.ts"
import { formatDay, formatNumber } from "../terminal/format.ts"
import type { Report } from "./gather-report.ts"
import { innerWidth, type Page, section } from "./page.ts"

const chartHeight = 6
/** So few weeks are easier to read line by line. */
const fewWeeks = 6
const longestBar = 60
const widestBar = 3

/** Lines added and removed by week. Where there are more weeks than columns, each bar stands for several. */
export function showChurn(page: Page, { churn }: Report): readonly string[] {
  const weeks = everyWeek(churn)
  const total = weeks.reduce((sum, { value }) => sum + value, 0)
  if (total === 0) return section(page, "Churn by week", ["no lines changed"])
  const title = `Churn by week: ${formatNumber(total)} lines added or removed`
  return section(
    page,
    title,
    weeks.length <= fewWeeks ? drawLines(page, weeks) : drawBars(page, weeks, total),
  )
}

function drawLines(page: Page, weeks: readonly ChartPoint[]): readonly string[] {
  const top = Math.max(...weeks.map(({ value }) => value))
  const room = innerWidth(page) - `2024-01-01    ${formatNumber(top)}`.length
  return weeks.map(({ time, value }) => {
    const bar = "█".repeat(
      value === 0 ? 0 : Math.max(1, Math.round((value / top) * Math.min(room, longestBar))),
    )
    return `${page.style.dim(formatDay(time))}  ${page.style.accent(bar)}${bar && " "}${formatNumber(value)}`
  })
}

function drawBars(page: Page, weeks: readonly ChartPoint[], total: number): readonly string[] {
  const columns = chartColumns(innerWidth(page), total)
  const weeksPerBar = Math.ceil(weeks.length / columns)
  const bars = inGroups(weeks, weeksPerBar)
  const barWidth = Math.max(1, Math.min(widestBar, Math.floor(columns / bars.length)))
  const chart = drawChart(
    bars.flatMap((bar) => new Array<ChartPoint>(barWidth).fill(bar)),
    {
      width: innerWidth(page),
      height: chartHeight,
      style: page.style,
    },
  )
  return [...chart, page.style.dim(weeksPerBar === 1 ? "each bar a week" : `each bar ${weeksPerBar} weeks`)]
}

/** Also those in which nothing happened. */
function everyWeek(churn: WeeklyChurn): readonly ChartPoint[] {
  const mondays = [...churn.keys()].sort((left, right) => left - right)
  const [first, last] = [mondays[0], mondays.at(-1)]
  if (first === undefined || last === undefined) return []
  return Array.from({ length: (last - first) / week + 1 }, (_, index) => {
    const time = first + index * week
    const { added, removed } = churn.get(time) ?? { added: 0, removed: 0 }
    return { time, value: added + removed }
  })
}

function inGroups(points: readonly ChartPoint[], size: number): readonly ChartPoint[] {
  const groups: ChartPoint[] = []
  for (let start = 0; start < points.length; start += size) {
    const group = points.slice(start, start + size)
    const value = group.reduce((sum, point) => sum + point.value, 0)
    groups.push({ time: (group[0] as ChartPoint).time, value })
  }
  return groups
}
