import type { LogPage, StoredEvent } from "@annals/core"
import { covers } from "./cover-filters.ts"
import type { PageRequest, ReadFilter } from "./log-reader.ts"

/** A page that was read for whoever can use it. */
export interface SharedPage {
  /** What it was read by. */
  readonly filter: ReadFilter
  /** It holds what passes the filter above this position, up to `scannedTo`. */
  readonly from: number
  /** When it was begun to read, in the order of everything that the reader is asked. */
  readonly begun: number
  readonly page: LogPage
}

/** What a reader asks, and when. */
export interface SharedRequest extends Omit<PageRequest, "signal"> {
  readonly asked: number
  readonly passes: (event: StoredEvent) => boolean
}

/**
 * The answer to a request out of a page; `undefined`: the page doesn't have it.
 *
 * A page that was begun before the request knows nothing of what was appended between the two. So it never says that the end is reached: who believed it
 * would fall asleep on a wake-up that came meanwhile.
 */
export function answerFrom(shared: SharedPage, request: SharedRequest): LogPage | undefined {
  const { page, begun, from } = shared
  const isFresh = begun > request.asked
  if (from > request.after) return undefined
  if (page.scannedTo <= request.after && (page.more || !isFresh)) return undefined
  if (!covers(shared.filter, request.filter)) return undefined
  return filterPage(page, request, isFresh)
}

function filterPage(
  page: LogPage,
  { after, until, limit, passes }: SharedRequest,
  isFresh: boolean,
): LogPage {
  const events: StoredEvent[] = []
  for (let index = indexAfter(page.events, after); index < page.events.length; index++) {
    const event = page.events[index] as StoredEvent
    if (until !== undefined && event.position > until) break
    if (!passes(event)) continue
    if (events.length === limit) return { events, scannedTo: lastPosition(events), more: true }
    events.push(copyOut(event))
  }
  if (until !== undefined && page.scannedTo >= until) return { events, scannedTo: until, more: false }
  return { events, scannedTo: Math.max(after, page.scannedTo), more: page.more || !isFresh }
}

function lastPosition(events: readonly StoredEvent[]): number {
  return events.at(-1)?.position ?? 0
}

function indexAfter(events: readonly StoredEvent[], position: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle] as StoredEvent).position <= position) low = middle + 1
    else high = middle
  }
  return low
}

/** Bytes can be changed by whoever gets them: every reader gets its own. */
function copyOut(event: StoredEvent): StoredEvent {
  const { body } = event.payload
  if (typeof body === "string") return event
  return { ...event, payload: { ...event.payload, body: new Uint8Array(body) } }
}
