/** How far a rebuild has come. */
export interface RebuildProgress {
  /** Everything up to here is in the copy. */
  readonly position: number
  /** The end of the log as last seen. */
  readonly head: number
  /** Events applied by this run of the rebuild. */
  readonly events: number
  /** Events applied per second, over the last ten seconds or so. 0: not yet known. */
  readonly ratePerSecond: number
  /** Until it has caught up, at the speed of the last ten seconds or so. `undefined`: not yet known. */
  readonly secondsLeft: number | undefined
}

const barWidth = 24

/**
 * A line of text for a terminal or a log: bar, part of the log, events, rate and time left. Printing it is the caller's.
 *
 * @example
 * const rebuild = rebuildProjection(store, balances, {
 *   onProgress: (progress) => process.stdout.write(`\r${formatProgress(progress)}`),
 * })
 * // [############------------]  50.0 %  50,000 events  12,500/s  4 s left
 */
export function formatProgress({
  position,
  head,
  events,
  ratePerSecond,
  secondsLeft,
}: RebuildProgress): string {
  const part = head === 0 ? 1 : Math.min(1, position / head)
  const filled = Math.floor(part * barWidth)
  // Rounded down, so that it says 100 only at the end.
  const percent = (Math.floor(part * 1000) / 10).toFixed(1).padStart(5)
  const columns = [
    `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}] ${percent} %`,
    `${grouped(events)} ${events === 1 ? "event" : "events"}`,
    `${grouped(ratePerSecond)}/s`,
  ]
  if (secondsLeft !== undefined) columns.push(`${duration(secondsLeft)} left`)
  return columns.join("  ")
}

function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",")
}

/** The two largest units say enough. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${grouped(Math.floor(minutes / 60))} h ${minutes % 60} min`
}
