import type { StoredEvent } from "../store/stored-event.ts"
import type { StreamId, StreamKey } from "../streams/stream.ts"

/**
 * Events that a handler could not take, and the later events of their streams, waiting in order. A stream with
 * entries is parked. Entries of a subscription point into the log by position; entries of a bus consumer hold the whole event.
 */
export interface DeadLetterStore {
  /**
   * Adds entries behind those that the stream already has, requeued if those are. The same event of the same source
   * twice is kept once, as it was first.
   */
  park(source: string, entries: readonly NewDeadLetter[]): Promise<void>
  /** In the order they were parked. */
  list(filter?: DeadLetterFilter): Promise<readonly DeadLetter[]>
  /** Streams of a source with entries, with how many and whether they are requeued. Sorted by tenant, category and id. */
  parkedStreams(source: string): Promise<readonly ParkedStream[]>
  /** Marks all entries of a stream, or of all streams of the source, for replay by whoever owns them. Returns how many. */
  requeue(source: string, stream?: StreamRef): Promise<number>
  /** After a replay failed again: takes the mark off the stream's entries and notes the new error on the given one. */
  replayFailed(source: string, eventId: string, failure: DeadLetterFailure): Promise<void>
  /** Removes entries that were handled, or that are given up. Returns how many there were. */
  remove(source: string, eventIds: readonly string[]): Promise<number>
}

/** A stream; without a tenant, those of this name in any tenant that the store sees. */
export type StreamRef = StreamId & { readonly tenant?: string }

/** An event to be parked. */
export interface NewDeadLetter {
  readonly stream: StreamKey
  readonly version: number
  readonly position: number
  readonly eventId: string
  readonly type: string
  readonly slot: number
  /** Of the event that failed; left out for those that only wait behind it. */
  readonly failure?: DeadLetterFailure
  /** The whole event, where there is no log to read it from again. */
  readonly event?: StoredEvent
}

/** Why a handler could not take an event. */
export interface DeadLetterFailure {
  readonly message: string
  /** An error code, or the error's name. */
  readonly code: string
  readonly attempts: number
  /** Epoch milliseconds. */
  readonly failedAt: number
}

/** A dead letter as it is stored. */
export interface DeadLetter extends NewDeadLetter {
  readonly source: string
  /** Counts up over all entries of the store: the order of parking. */
  readonly sequence: number
  readonly status: "parked" | "requeued"
}

/** Which dead letters to list. All given parts must hold. */
export interface DeadLetterFilter {
  readonly source?: string
  readonly stream?: StreamRef
  readonly slots?: readonly number[]
  readonly status?: DeadLetter["status"]
  /** Only entries after this sequence. */
  readonly after?: number
  /** Default 100. */
  readonly limit?: number
}

/** A stream that waits behind a dead letter. */
export interface ParkedStream {
  readonly stream: StreamKey
  readonly slot: number
  readonly entries: number
  readonly status: DeadLetter["status"]
}
