import { setImmediate } from "node:timers/promises"
import type { ReadBounds } from "./check-read.ts"
import type { StoredEvent } from "./stored-event.ts"

export interface StoredPage {
  readonly events: readonly StoredEvent[]
  readonly scannedTo: number
  readonly more: boolean
}

/** Reads one page that starts beyond `from`. */
export type ReadPage = (from: number, limit: number) => Promise<StoredPage>

/**
 * Reads page after page until the end, a bound or the limit. Between pages other work of the process gets its turn: an embedded store
 * would otherwise keep it out for as long as there is something to read.
 */
export async function* readPages(
  bounds: ReadBounds,
  signal: AbortSignal | undefined,
  readPage: ReadPage,
): AsyncGenerator<StoredPage> {
  const forward = bounds.direction === "forward"
  let from = forward ? bounds.after : bounds.until + 1
  let left = bounds.limit
  while (left > 0) {
    signal?.throwIfAborted()
    // Between here and the bound there are no more events than places.
    const places = forward ? bounds.until - from : from - 1 - bounds.after
    const page = await readPage(from, Math.max(1, Math.min(left, bounds.pageSize, places)))
    const within = cutAtBound(page, bounds, placeOf)
    left -= within.events.length
    yield left === 0 && within.more ? { ...within, scannedTo: lastPlace(within, placeOf) } : within
    if (!within.more) return
    from = within.scannedTo
    await setImmediate()
  }
  function placeOf(event: StoredEvent): number {
    return bounds.place === "version" ? event.version : event.position
  }
}

function cutAtBound(
  page: StoredPage,
  bounds: ReadBounds,
  placeOf: (event: StoredEvent) => number,
): StoredPage {
  const forward = bounds.direction === "forward"
  const reached = forward ? page.scannedTo >= bounds.until : page.scannedTo <= bounds.after + 1
  if (!reached) return page
  const inside = (event: StoredEvent) =>
    forward ? placeOf(event) <= bounds.until : placeOf(event) > bounds.after
  return {
    events: page.events.filter(inside),
    scannedTo: forward ? bounds.until : bounds.after + 1,
    more: false,
  }
}

function lastPlace(page: StoredPage, placeOf: (event: StoredEvent) => number): number {
  const last = page.events.at(-1)
  return last === undefined ? page.scannedTo : placeOf(last)
}
