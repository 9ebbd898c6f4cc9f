/** A day of the calendar, such as `2026-03-01`. Days written like this can be compared as they are. */
export type Day = string

const millisecondsPerDay = 86_400_000

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * millisecondsPerDay).toISOString().slice(0, 10)
}

/** How many days lie between two days; negative where the second comes first. */
export function daysBetween(first: Day, second: Day): number {
  return Math.round((Date.parse(second) - Date.parse(first)) / millisecondsPerDay)
}
