/** A read's bounds, as `readStream` and `readAll` share them. */
export interface Range {
  readonly direction?: "forward" | "backward"
  readonly after?: number
  readonly until?: number
  readonly limit?: number
  readonly pageSize?: number
}

/** What a read of `events` by this range must give: the one meaning of the bounds. */
export function sliceByRange<Event>(
  events: readonly Event[],
  range: Range,
  placeOf: (event: Event) => number,
): Event[] {
  const {
    direction = "forward",
    after = 0,
    until = Number.POSITIVE_INFINITY,
    limit = Number.POSITIVE_INFINITY,
  } = range
  const inside = events.filter((event) => placeOf(event) > after && placeOf(event) <= until)
  return (direction === "forward" ? inside : inside.toReversed()).slice(0, limit)
}

/** Ranges around `places`, the places of what is there: each bound on, before and beyond them, with and without limit and pages. */
export function rangesAround(places: readonly number[]): Range[] {
  const [first, second, last] = [places[0], places[1], places.at(-1)] as [number, number, number]
  const after = [undefined, 0, first, second, last, last + 1]
  const until = [undefined, 0, first, second, last - 1, last, last + 5]
  const cuts = [
    {},
    { limit: 0 },
    { limit: 1 },
    { limit: 2, pageSize: 1 },
    { limit: 3, pageSize: 2 },
    { limit: 100 },
    { pageSize: 2 },
  ]
  const ranges: Range[] = []
  for (const direction of ["forward", "backward"] as const) {
    for (const [afterIndex, afterPlace] of after.entries()) {
      for (const [untilIndex, untilPlace] of until.entries()) {
        const cut = cuts[(afterIndex * until.length + untilIndex) % cuts.length]
        const bounds = {
          ...(afterPlace !== undefined && { after: afterPlace }),
          ...(untilPlace !== undefined && { until: untilPlace }),
        }
        ranges.push({ direction, ...bounds }, { direction, ...bounds, ...cut })
      }
    }
    for (const cut of cuts) ranges.push({ direction, ...cut })
  }
  return ranges
}
