import type {
  DeadLetter,
  DeadLetterFailure,
  DeadLetterStore,
  ParkedStream,
} from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { slotOf } from "../streams/slot.ts"
import { type StreamKey, streamName } from "../streams/stream.ts"

/** How a group's dead letters are named in a `DeadLetterStore`, which subscriptions use as well. */
export const deadLetterSource = (group: string): string => `bus:${group}`

/**
 * The streams of a group that are parked in a `DeadLetterStore`. Which ones is remembered, so that the events of all
 * others cost no look-up; whoever shares out streams anew among consumers calls `load()` again.
 */
export class ParkedStreams {
  readonly #store: DeadLetterStore
  readonly #source: string
  readonly #names = new Set<string>()

  constructor(store: DeadLetterStore, group: string) {
    this.#store = store
    this.#source = deadLetterSource(group)
  }

  /** Learns which streams are parked. Those that come back as requeued are waiting for somebody to replay them. */
  async load(): Promise<readonly ParkedStream[]> {
    const parked = await this.#store.parkedStreams(this.#source)
    this.#names.clear()
    for (const { stream } of parked) this.#names.add(streamName(stream))
    return parked
  }

  /** The dead letter that comes first in a stream, if it is parked. */
  async firstOf(stream: StreamKey): Promise<DeadLetter | undefined> {
    if (!this.#names.has(streamName(stream))) return undefined
    const [first] = await this.#store.list({ source: this.#source, stream, limit: 1 })
    if (first === undefined) this.#names.delete(streamName(stream))
    return first
  }

  /** Parks an event that failed, or one that only waits behind such. */
  async park(event: StoredEvent, failure?: DeadLetterFailure): Promise<void> {
    const { stream, version, position, id, type } = event
    const entry = { stream, version, position, eventId: id, type, slot: slotOf(stream), event }
    await this.#store.park(this.#source, [failure === undefined ? entry : { ...entry, failure }])
    this.#names.add(streamName(stream))
  }

  async replayFailed(eventId: string, failure: DeadLetterFailure): Promise<void> {
    await this.#store.replayFailed(this.#source, eventId, failure)
  }

  async remove(eventId: string): Promise<void> {
    await this.#store.remove(this.#source, [eventId])
  }
}
