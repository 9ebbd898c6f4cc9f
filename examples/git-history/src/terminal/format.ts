const number = new Intl.NumberFormat("en")

/** `12,345`. */
export function formatNumber(value: number): string {
  return number.format(value)
}

/** `1 commit`, `12,345 commits`. */
export function formatCount(count: number, thing: string): string {
  return `${formatNumber(count)} ${thing}${count === 1 ? "" : "s"}`
}

/** `2024-05-01`, in UTC. */
export function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, -"T00:00:00.000Z".length)
}

/** `2024-05-01 12:30`, in UTC. */
export function formatMinute(time: number): string {
  return new Date(time).toISOString().slice(0, -":00.000Z".length).replace("T", " ")
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
