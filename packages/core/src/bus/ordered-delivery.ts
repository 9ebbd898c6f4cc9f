import { AnnalsError } from "../errors/annals-error.ts"
import type { DeadLetter } from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { describeStream, type StreamKey } from "../streams/stream.ts"
import type { Attempt, AttemptResult } from "./attempt.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import type { Deliver, DeliveryControl } from "./delivery.ts"
import type { ParkedStreams } from "./parked-streams.ts"

type Failed = Extract<AttemptResult, { readonly status: "failed" }>

/** Counts the failed attempts of an event, so that who gets it next goes on from there. */
interface Tries {
  readonly event: StoredEvent
  attempts: number
}

/**
 * Order `"stream"`: an event is tried again, while the later ones of its stream wait, until it is handled or its stream
 * is parked. Events of a parked stream are parked behind those that wait already. Tasks of one stream come one by one.
 */
export function createOrderedDelivery(
  settings: ConsumerSettings,
  attempt: Attempt,
  control: DeliveryControl,
  parked: ParkedStreams | undefined,
): Deliver {
  const delivery = new OrderedDelivery(settings, attempt, control, parked)
  return (task) => (task.kind === "replay" ? delivery.replay(task.stream) : delivery.deliver(task))
}

class OrderedDelivery {
  readonly #settings: ConsumerSettings
  readonly #attempt: Attempt
  readonly #control: DeliveryControl
  readonly #parked: ParkedStreams | undefined

  constructor(
    settings: ConsumerSettings,
    attempt: Attempt,
    control: DeliveryControl,
    parked: ParkedStreams | undefined,
  ) {
    this.#settings = settings
    this.#attempt = attempt
    this.#control = control
    this.#parked = parked
  }

  async deliver(tries: Tries): Promise<void> {
    const isParked = this.#parked !== undefined && !(await this.#drain(this.#parked, tries.event.stream))
    if (isParked) return this.#park(tries.event)
    const failed = await this.#tryUntilDone(tries)
    if (failed === undefined) return
    tries.attempts = 0 // where it can't be parked, the next consumer starts afresh
    await this.#park(tries.event, failed)
  }

  async replay(stream: StreamKey): Promise<void> {
    if (this.#parked !== undefined) await this.#drain(this.#parked, stream)
  }

  /** Handles a stream's dead letters, as far as they are requeued. Returns whether none is left. */
  async #drain(parked: ParkedStreams, stream: StreamKey): Promise<boolean> {
    while (true) {
      const first = await this.#persist(() => parked.firstOf(stream))
      if (first === undefined) return true
      if (first.status === "parked") return false
      const failed = await this.#tryUntilDone({ event: eventOf(first), attempts: 0 })
      if (failed !== undefined) {
        await this.#persist(() => parked.replayFailed(first.eventId, failed.failure))
        return false
      }
      await this.#persist(() => parked.remove(first.eventId))
    }
  }

  /** Returns the last failure, if the event couldn't be handled. */
  async #tryUntilDone(tries: Tries): Promise<Failed | undefined> {
    const { progress } = this.#control
    while (true) {
      await this.#control.ready()
      const result = await this.#attempt(tries.event, tries.attempts + 1)
      if (result.status === "handled") progress.handled++
      if (result.status !== "failed") return undefined
      this.#control.throwIfStopping()
      progress.failed++
      progress.lastError = result.error
      tries.attempts++
      if (result.isFinal || tries.attempts >= this.#settings.retry.attempts) return result
      progress.retried++
      await this.#control.backOff(tries.attempts)
    }
  }

  async #park(event: StoredEvent, failed?: Failed): Promise<void> {
    const parked = this.#parked
    if (parked === undefined) throw cannotPark(this.#settings.group, event, failed?.error)
    await this.#persist(() => parked.park(event, failed?.failure))
    this.#control.progress.parked++
  }

  /** Until the dead letter store has answered, the event is neither handled nor safe: it waits. */
  async #persist<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await call()
      } catch (error) {
        this.#control.progress.lastError = error
        await this.#control.backOff(attempts)
      }
    }
  }
}

function eventOf({ event, eventId, source }: DeadLetter): StoredEvent {
  if (event !== undefined) return event
  throw new AnnalsError("BUS_FAILED", `dead letter ${eventId} of ${source} holds no event`, { eventId })
}

function cannotPark(group: string, event: StoredEvent, cause: unknown): AnnalsError {
  const stream = describeStream(event.stream)
  const what = `"${event.type}" (${stream}, version ${event.version}) failed for the last time in group ${group}`
  return new AnnalsError(
    "BUS_FAILED",
    `${what}: give the consumer a dead letter store, or mend its handler`,
    {
      stream,
      eventId: event.id,
      position: event.position,
      cause,
    },
  )
}
