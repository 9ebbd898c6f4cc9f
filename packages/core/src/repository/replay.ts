import type { Behaviour } from "../aggregates/behaviour.ts"
import type { OnUnhandled } from "../aggregates/unhandled-event.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import { discarded } from "../events/built-in-events.ts"
import type { NewEvent, RecordedEvent } from "../events/event.ts"
import type { SkipWithReport } from "../events/read-policy.ts"
import type { EventLog } from "../store/event-store.ts"
import { describeStream, type TypedStream } from "../streams/stream.ts"
import type { VersionedState } from "./snapshot-loading.ts"

/** Folds events that are at hand onto a state. */
export function foldRecorded(
  behaviour: Behaviour,
  from: unknown,
  events: readonly RecordedEvent[],
  onUnhandled: OnUnhandled,
): unknown {
  let state = from
  for (const event of events) {
    const handler = behaviour.handlerOf(event.type)
    if (handler === undefined) onUnhandled(event)
    else state = handler(state, event)
  }
  return state
}

export interface ReplayOptions {
  /** Up to and including this version. */
  readonly until?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Events to leave out. */
  readonly skip?: (event: RecordedEvent) => boolean
}

export interface Replayed extends VersionedState {
  /** How many events were applied. */
  readonly count: number
  /** The stream's last event says that it was discarded. */
  readonly discarded: boolean
  /** The version before the first event that `skip` left out. */
  readonly completeTo: number
}

/** Folds a stream's events onto a state, page by page. Rejects with `REPLAY_BROKEN` when one is missing, or isn't of this stream. */
export async function replay(
  log: EventLog,
  behaviour: Behaviour,
  stream: TypedStream,
  from: VersionedState,
  onUnhandled: OnUnhandled,
  options: ReplayOptions,
): Promise<Replayed> {
  const fold = new StreamFold(behaviour, stream, log.tenant ?? "", from, onUnhandled, options.skip)
  const reader = log.readStream(stream, {
    after: from.version,
    events: behaviour.category.events,
    unreadable: fold.unreadable,
    ...(options.until !== undefined && { until: options.until }),
    ...(options.signal !== undefined && { signal: options.signal }),
  })
  for await (const { events } of reader.pages()) fold.add(events as readonly RecordedEvent[])
  return fold.end()
}

class StreamFold {
  readonly #behaviour: Behaviour
  readonly #stream: TypedStream
  readonly #tenant: string
  readonly #onUnhandled: OnUnhandled
  readonly #skip: ((event: RecordedEvent) => boolean) | undefined
  /** Versions of events whose type is unknown and may be: they count, though they aren't handed over. */
  readonly #unknown = new Set<number>()
  #state: unknown
  #version: number
  #count = 0
  #discardedAt = 0
  #completeTo: number | undefined

  constructor(
    behaviour: Behaviour,
    stream: TypedStream,
    tenant: string,
    from: VersionedState,
    onUnhandled: OnUnhandled,
    skip: ((event: RecordedEvent) => boolean) | undefined,
  ) {
    this.#behaviour = behaviour
    this.#stream = stream
    this.#tenant = tenant
    this.#state = from.state
    this.#version = from.version
    this.#onUnhandled = onUnhandled
    this.#skip = skip
  }

  /** An aggregate is never folded from part of its history, whatever the store's readers skip: only the aggregate's own policy counts. */
  readonly unreadable: SkipWithReport = (event, error) => {
    if (error.code !== "UNKNOWN_EVENT_TYPE" || this.#behaviour.unhandled === "error") throw error
    this.#onUnhandled(event as unknown as NewEvent)
    this.#unknown.add(event.version)
  }

  /** The loop behind benchmark `sqlite/load-1m`: whatever is done here is done for every event. */
  add(events: readonly RecordedEvent[]): void {
    const behaviour = this.#behaviour
    const skip = this.#skip
    let state = this.#state
    let version = this.#version
    let owner: RecordedEvent["stream"] | undefined
    for (const event of events) {
      if (event.version !== version + 1) version = this.#stepOverUnknown(version, event)
      if (event.stream !== owner) owner = this.#checkOwner(event)
      version++
      if (skip?.(event)) {
        this.#completeTo ??= version - 1
        this.#count--
        continue
      }
      const handler = behaviour.handlerOf(event.type)
      if (handler !== undefined) state = handler(state, event)
      else this.#handleOther(event)
    }
    const last = events.at(-1)
    if (last?.type === discarded.type && !skip?.(last)) this.#discardedAt = last.version
    this.#count += events.length
    this.#state = state
    this.#version = version
  }

  end(): Replayed {
    const version = this.#version + this.#knownToFollow(this.#version)
    const completeTo = this.#completeTo ?? version
    return {
      state: this.#state,
      version,
      count: this.#count,
      discarded: this.#discardedAt === version && version > 0,
      completeTo,
    }
  }

  #handleOther(event: RecordedEvent): void {
    if (event.type !== discarded.type) this.#onUnhandled(event)
  }

  #stepOverUnknown(version: number, event: RecordedEvent): number {
    const before = version + this.#knownToFollow(version)
    if (event.version === before + 1) return before
    throw broken(
      this.#stream,
      before + 1,
      event.version,
      `version ${event.version} follows on version ${before}`,
    )
  }

  /** How many events of unknown type follow at once on a version. */
  #knownToFollow(version: number): number {
    let count = 0
    while (this.#unknown.has(version + count + 1)) count++
    return count
  }

  #checkOwner(event: RecordedEvent): RecordedEvent["stream"] {
    const { stream, tenant } = event
    if (stream.category === this.#stream.category && stream.id === this.#stream.id && tenant === this.#tenant)
      return stream
    const actual = describeStream({ ...stream, tenant })
    throw broken(this.#stream, describeStream(this.#stream), actual, `an event of ${actual} was read`)
  }
}

function broken(
  stream: TypedStream,
  expected: string | number,
  actual: string | number,
  why: string,
): AnnalsError {
  const name = describeStream(stream)
  const message = `${name} can't be replayed: ${why}. The store or a layer around it lost or mixed up events`
  return new AnnalsError("REPLAY_BROKEN", message, { stream: name, expected, actual })
}
