import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { BusStatus } from "../ports/event-bus.ts"
import { invalidOption } from "../ports/front/check-input.ts"
import { observe } from "../store/store-front.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { describeStream } from "../streams/stream.ts"
import type { BusDriver, BusMessage } from "./bus-driver.ts"
import { applyCodecs, encodeBusEvent } from "./bus-event.ts"
import type { BusSettings } from "./bus-settings.ts"
import { messageSize, type SentAlong, toMessage } from "./wire-message.ts"

/** Encodes events and hands them to the driver, calls in the order in which they are made. */
export class Publisher {
  readonly #driver: BusDriver
  readonly #settings: BusSettings
  readonly #progress = { published: 0, rejected: 0, lastError: undefined as unknown }
  /** Codecs take their time: a call's events wait until those of the calls before are encoded. */
  #encoded: Promise<unknown> = Promise.resolve()

  constructor(driver: BusDriver, settings: BusSettings) {
    this.#driver = driver
    this.#settings = settings
  }

  get progress(): Pick<BusStatus, "published" | "rejected" | "lastError"> {
    return this.#progress
  }

  async publish(
    events: readonly RecordedEvent[],
    open: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      signal?.throwIfAborted()
      if (!Array.isArray(events)) throw invalidOption("events", "must be an array of recorded events")
      const encoding = this.#encode(events)
      this.#encoded = encoding.catch(() => {})
      const encoded = await encoding
      if (encoded.length === 0) return
      await open()
      signal?.throwIfAborted()
      await this.#send(encoded, signal)
      this.#progress.published += encoded.length
    } catch (error) {
      this.#progress.rejected++
      this.#progress.lastError = error
      throw error
    }
  }

  async #encode(events: readonly RecordedEvent[]): Promise<readonly StoredEvent[]> {
    // At once, so that it doesn't matter what the caller does with them afterwards.
    const serialized = events.map((event) => encodeBusEvent(event, this.#settings))
    await this.#encoded
    if (this.#settings.codecs.length === 0) return serialized
    const encoded: StoredEvent[] = []
    for (const event of serialized) encoded.push(await applyCodecs(event, this.#settings))
    return encoded
  }

  async #send(events: readonly StoredEvent[], signal: AbortSignal | undefined): Promise<void> {
    const { observer } = this.#settings
    const { name: bus, topic } = this.#driver
    const eventTypes = () => [...new Set(events.map(({ type }) => type))]
    await observe(
      { settings: this.#settings, system: bus },
      () => ({ name: "publish", destination: topic, eventTypes: eventTypes(), eventCount: events.length }),
      (metadata) => this.#driver.publish(this.#messages(events, metadata), signal),
    )
    observer?.record({ name: "bus.published", value: events.length, attributes: { bus, topic } })
  }

  #messages(
    events: readonly StoredEvent[],
    metadata: Record<string, string> | undefined,
  ): readonly BusMessage[] {
    const sent: SentAlong | undefined =
      metadata === undefined || Object.keys(metadata).length === 0 ? undefined : metadata
    return events.map((event) => {
      const message = toMessage(event, sent)
      this.#checkSize(event, messageSize(message))
      return message
    })
  }

  #checkSize(event: StoredEvent, size: number): void {
    const { maxEventSize } = this.#settings
    if (size <= maxEventSize) return
    const stream = describeStream(event.stream)
    const what = `"${event.type}" (${stream}, version ${event.version}) has ${size} bytes on the wire`
    const wayOut = 'make it smaller, or raise "maxEventSize" as far as the broker allows'
    throw new AnnalsError("EVENT_TOO_LARGE", `${what}, and at most ${maxEventSize} may be sent: ${wayOut}`, {
      path: "data",
      stream,
      eventId: event.id,
      expected: maxEventSize,
      actual: size,
    })
  }
}
