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
 * others cost no look-up; whoever gets streams of another consumer calls `load()` first.
 */
export class ParkedStreams {
  readonly #store: DeadLetterStore
  readonly #source: string
  #names = new Set<string>()
  /** Parked while a load is under way, which may not have seen it. */
  #parkedMeanwhile = new Set<string>()
  #loaded: Promise<unknown> = Promise.resolve()

  constructor(store: DeadLetterStore, group: string) {
    this.#store = store
    this.#source = deadLetterSource(group)
  }

  /** Learns which streams are parked. Returns those that are waiting to be replayed. */
  load(): Promise<readonly ParkedStream[]> {
    const loading = this.#loaded.then(() => this.#load())
    this.#loaded = loading.catch(() => {})
    return loading
  }

  async #load(): Promise<readonly ParkedStream[]> {
    this.#parkedMeanwhile = new Set()
    const parked = await this.#store.parkedStreams(this.#source)
    const names = new Set(this.#parkedMeanwhile)
    for (const { stream } of parked) names.add(streamName(stream))
    this.#names = names
    return parked.filter(({ status }) => status === "requeued")
  }

  isParked(stream: StreamKey): boolean {
    return this.#names.size > 0 && this.#names.has(streamName(stream))
  }

  /** The dead letter that comes first in a stream, if it is parked. */
  async firstOf(stream: StreamKey): Promise<DeadLetter | undefined> {
    const [first] = await this.#store.list({ source: this.#source, stream, limit: 1 })
    if (first === undefined) this.#names.delete(streamName(stream))
    return first
  }

  /** Parks an event that failed, or one that only waits behind such. */
  async park(event: StoredEvent, failure?: DeadLetterFailure): Promise<void> {
    const { stream, version, position, id, type } = event
    const entry = { stream, version, position, eventId: id, type, slot: slotOf(stream), event }
    await this.#store.park(this.#source, [failure === undefined ? entry : { ...entry, failure }])
    const name = streamName(stream)
    this.#names.add(name)
    this.#parkedMeanwhile.add(name)
  }

  /** Hands a stream's dead letters, if the first of them didn't fail, to whoever looks next: what they waited for was discarded meanwhile. */
  async requeueIfFree(stream: StreamKey): Promise<void> {
    const first = await this.firstOf(stream)
    if (first !== undefined && first.failure === undefined && first.status === "parked") {
      await this.#store.requeue(this.#source, stream)
    }
  }

  async replayFailed(eventId: string, failure: DeadLetterFailure): Promise<void> {
    await this.#store.replayFailed(this.#source, eventId, failure)
  }

  async remove(eventId: string): Promise<void> {
    await this.#store.remove(this.#source, [eventId])
  }
}
