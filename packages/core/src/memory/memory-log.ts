import { copyPayload } from "../store/copy-payload.ts"
import type { EventFilter } from "../store/event-filter.ts"
import { createFilterTest } from "../store/filter-test.ts"
import type {
  LogPage,
  LogRange,
  StreamAppend,
  StreamFilter,
  StreamInfo,
  StreamPage,
  StreamRange,
} from "../store/store-driver.ts"
import type { NewStoredEvent, StoredEvent } from "../store/stored-event.ts"
import { compareStreams } from "../streams/compare-streams.ts"
import type { StreamKey } from "../streams/stream.ts"

/** A page ends after so many events looked at, so that a filter that lets nothing through doesn't hold up the process. */
const maxScanned = 10_000

/** One stream's events; the event of version `n` is at index `n - 1`. */
export interface LoggedStream {
  readonly key: StreamKey
  readonly slot: number
  readonly events: StoredEvent[]
}

export interface LoggedEvent {
  readonly event: StoredEvent
  readonly stream: LoggedStream
}

/**
 * The events, in the order of positions, with an index by stream and one by id. Only one transaction writes at a time, so
 * what isn't committed yet is always at the end: readers outside of it read up to `committed`, rolling back
 * cuts off what is behind. Positions that were drawn are never drawn again.
 */
export class MemoryLog {
  readonly entries: LoggedEvent[] = []
  readonly #streams = new Map<string, LoggedStream>()
  readonly #idsByTenant = new Map<string, Map<string, StoredEvent>>()
  #sorted: readonly LoggedStream[] | undefined
  #lastDrawn = 0
  #committedEntries = 0
  /** The last position that everybody may see. */
  committed = 0

  /** Adds a stream's events, without looking at what is expected. Returns the version of the first. */
  add(append: StreamAppend, recordedAt: number, positions: number[]): number {
    const stream = this.#streamOf(append)
    const ids = this.#idsOf(append.stream.tenant)
    const firstVersion = stream.events.length + 1
    for (const newEvent of append.events) {
      const event = record(newEvent, stream, ++this.#lastDrawn, recordedAt)
      stream.events.push(event)
      ids.set(event.id, event)
      this.entries.push({ event, stream })
      positions.push(event.position)
    }
    return firstVersion
  }

  /** Shows everything added to everybody. Returns whether there was anything. */
  commit(): boolean {
    const added = this.entries.length > this.#committedEntries
    this.#committedEntries = this.entries.length
    this.committed = this.entries.at(-1)?.event.position ?? 0
    return added
  }

  /** Takes back everything added since the last commit. */
  rollback(): void {
    while (this.entries.length > this.#committedEntries) {
      const { event, stream } = this.entries.pop() as LoggedEvent
      this.#idsOf(stream.key.tenant).delete(event.id)
      stream.events.pop()
      if (stream.events.length === 0) this.#forget(stream)
    }
  }

  stream(key: StreamKey): LoggedStream | undefined {
    return this.#streams.get(nameOf(key))
  }

  /** 0 = no stream. */
  version(key: StreamKey, upTo: number): number {
    const stream = this.stream(key)
    return stream === undefined ? 0 : visibleEvents(stream, upTo)
  }

  find(tenant: string, id: string, upTo: number): StoredEvent | undefined {
    const event = this.#idsOf(tenant).get(id)
    return event !== undefined && event.position <= upTo ? copyOut(event) : undefined
  }

  readStream(key: StreamKey, { direction, from, limit }: StreamRange, upTo: number): StreamPage {
    const stream = this.stream(key)
    if (stream === undefined) return { events: [], more: false }
    const version = visibleEvents(stream, upTo)
    if (direction === "forward") {
      const end = Math.min(version, from + limit)
      return { events: stream.events.slice(from, end).map(copyOut), more: end < version }
    }
    const end = Math.min(version, from - 1)
    const start = Math.max(0, end - limit)
    return {
      events: stream.events.slice(start, Math.max(start, end)).reverse().map(copyOut),
      more: start > 0,
    }
  }

  readAll(filter: EventFilter, { direction, from, limit }: LogRange, upTo: number): LogPage {
    const visible = this.#indexAfter(upTo)
    return direction === "forward"
      ? this.#scanForward(filter, this.#indexAfter(from), visible, from, limit)
      : this.#scanBackward(filter, Math.min(visible, this.#indexAfter(from - 1)), limit)
  }

  /** Ordered by tenant, category, id. */
  listStreams(filter: StreamFilter, after: StreamKey | undefined, limit: number, upTo: number): StreamInfo[] {
    const found: StreamInfo[] = []
    for (const stream of this.#sortedStreams()) {
      if (found.length === limit) break
      if (after !== undefined && compareStreams(stream.key, after) <= 0) continue
      const { tenant = stream.key.tenant, category = stream.key.category } = filter
      const version = visibleEvents(stream, upTo)
      if (version > 0 && stream.key.tenant === tenant && stream.key.category === category) {
        found.push({ stream: stream.key, version })
      }
    }
    return found
  }

  /** The last position that may be seen. */
  head(upTo: number): number {
    return Math.min(upTo, this.entries.at(-1)?.event.position ?? 0)
  }

  /** Every tenant with events, sorted. */
  listTenants(upTo: number): string[] {
    const visible = this.#sortedStreams().filter((stream) => visibleEvents(stream, upTo) > 0)
    return [...new Set(visible.map((stream) => stream.key.tenant))]
  }

  #scanForward(filter: EventFilter, start: number, end: number, from: number, limit: number): LogPage {
    const lets = createFilterTest(filter)
    const events: StoredEvent[] = []
    const stop = Math.min(end, start + maxScanned)
    let index = start
    for (; index < stop && events.length < limit; index++) {
      const entry = this.entries[index] as LoggedEvent
      if (lets(entry.event, entry.stream.slot)) events.push(copyOut(entry.event))
    }
    return { events, scannedTo: index === start ? from : this.#positionAt(index - 1), more: index < end }
  }

  #scanBackward(filter: EventFilter, end: number, limit: number): LogPage {
    const lets = createFilterTest(filter)
    const events: StoredEvent[] = []
    const stop = Math.max(0, end - maxScanned)
    let index = end
    for (; index > stop && events.length < limit; index--) {
      const entry = this.entries[index - 1] as LoggedEvent
      if (lets(entry.event, entry.stream.slot)) events.push(copyOut(entry.event))
    }
    return { events, scannedTo: index === 0 ? 0 : this.#positionAt(index), more: index > 0 }
  }

  /** The index of the first event after a position. Positions have gaps where something was rolled back. */
  #indexAfter(position: number): number {
    let low = 0
    let high = Math.min(this.entries.length, Math.max(0, position))
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#positionAt(middle) <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  #positionAt(index: number): number {
    return (this.entries[index] as LoggedEvent).event.position
  }

  #streamOf({ stream: key, slot }: StreamAppend): LoggedStream {
    const there = this.stream(key)
    if (there !== undefined) return there
    const stream = { key: Object.freeze({ ...key }), slot, events: [] }
    this.#streams.set(nameOf(key), stream)
    this.#sorted = undefined
    return stream
  }

  #forget(stream: LoggedStream): void {
    this.#streams.delete(nameOf(stream.key))
    this.#sorted = undefined
  }

  #idsOf(tenant: string): Map<string, StoredEvent> {
    const there = this.#idsByTenant.get(tenant)
    if (there !== undefined) return there
    const ids = new Map<string, StoredEvent>()
    this.#idsByTenant.set(tenant, ids)
    return ids
  }

  #sortedStreams(): readonly LoggedStream[] {
    this.#sorted ??= [...this.#streams.values()].sort((left, right) => compareStreams(left.key, right.key))
    return this.#sorted
  }
}

/** Names contain no NUL. */
const nameOf = ({ tenant, category, id }: StreamKey): string => `${tenant}\0${category}\0${id}`

/** How many of a stream's events lie at or below a position; those that don't are the last ones, and few. */
function visibleEvents({ events }: LoggedStream, upTo: number): number {
  let count = events.length
  while (count > 0 && (events[count - 1] as StoredEvent).position > upTo) count--
  return count
}

function record(
  event: NewStoredEvent,
  { key, events }: LoggedStream,
  position: number,
  recordedAt: number,
): StoredEvent {
  return Object.freeze({
    id: event.id,
    type: event.type,
    schemaVersion: event.schemaVersion,
    tags: Object.freeze(event.tags),
    correlationId: event.correlationId,
    causationId: event.causationId,
    metadata: event.metadata,
    occurredAt: event.occurredAt,
    payload: Object.freeze(copyPayload(event.payload)),
    stream: key,
    version: events.length + 1,
    position,
    recordedAt,
  })
}

/** A stored event is immutable, but for the bytes of a payload, of which every reader gets a copy. */
function copyOut(event: StoredEvent): StoredEvent {
  return typeof event.payload.body === "string" ? event : { ...event, payload: copyPayload(event.payload) }
}
