import type { ImportProgress } from "../import/import-history.ts"
import { formatDuration, formatNumber } from "./format.ts"
import type { Style } from "./style.ts"

/** Where progress is shown. */
interface ProgressOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface ProgressBarOptions {
  readonly output: ProgressOutput
  readonly style: Style
  /** Milliseconds since any point. */
  readonly now: () => number
}

export interface ProgressBar {
  show(progress: ImportProgress): void
  /** Clears the line, so that something else can stand there. */
  end(): void
}

const refreshMs = 80
/** Without a terminal there is no line to overwrite, so it speaks rarely. */
const plainRefreshMs = 5_000
/** Before that, no rate means anything. */
const estimateAfterMs = 1_000
const clearLine = "\r\u001b[2K"
const widestBar = 30

/** Shows how far something has come, how fast it goes and how long it will take. */
export function createProgressBar({ output, style, now }: ProgressBarOptions): ProgressBar {
  const start = now()
  const refresh = output.isTTY ? refreshMs : plainRefreshMs
  let shownAt = output.isTTY ? Number.NEGATIVE_INFINITY : start

  const show = (progress: ImportProgress): void => {
    const time = now()
    if (time - shownAt < refresh) return
    shownAt = time
    const text = describeProgress(progress, time - start)
    if (output.isTTY)
      output.write(`${clearLine}${drawBar(progress, barWidth(output.columns, text), style)} ${text}`)
    else output.write(`${text}\n`)
  }

  return { show, end: () => void (output.isTTY && output.write(clearLine)) }
}

/** `1,200 of 20,000 commits, 6 %, 3,400/s, 6 s left`. */
function describeProgress({ done, total }: ImportProgress, elapsedMs: number): string {
  const share = total === 0 ? 1 : done / total
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const left =
    done > 0 && elapsedMs >= estimateAfterMs
      ? `, ${formatDuration((elapsedMs * (total - done)) / done)} left`
      : ""
  return `${formatNumber(done)} of ${formatNumber(total)} commits, ${Math.floor(share * 100)} %, ${formatNumber(Math.round(rate))}/s${left}`
}

/** What is left beside the text: a line that is wider than the terminal couldn't be overwritten. */
function barWidth(columns = 80, text: string): number {
  return Math.max(0, Math.min(widestBar, columns - text.length - 2))
}

function drawBar({ done, total }: ImportProgress, width: number, style: Style): string {
  const filled = Math.round((total === 0 ? 1 : done / total) * width)
  return style.accent("█".repeat(filled)) + style.dim("░".repeat(width - filled))
}
