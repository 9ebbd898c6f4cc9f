import { causedBy, withContext } from "../context/context.ts"
import type { EventMetadata, RecordedEvent } from "../events/event.ts"
import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import { createEventDecoder, type DecodeEvent } from "../store/decode-events.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { BusSettings } from "./bus-settings.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { Interrupted } from "./delivery.ts"
import { describeFailure } from "./describe-failure.ts"
import type { Hold } from "./hold.ts"
import type { ObserveBus } from "./observe-bus.ts"
import type { SentAlong } from "./wire-message.ts"

/** What came of handing an event to a handler once. */
export type AttemptResult =
  | { readonly status: "handled" | "left-out" }
  | {
      readonly status: "failed"
      readonly error: unknown
      readonly failure: DeadLetterFailure
      readonly isFinal: boolean
    }

/** What is tried: an event, and the hold on it. */
export interface Trial {
  readonly event: StoredEvent
  readonly metadata: EventMetadata
  readonly sent: SentAlong | undefined
  readonly hold: Hold
}

/**
 * Hands an event to the handler. `attempt` counts from 1. Throws `Interrupted` when the hold ends before the handler runs. Answers at once where
 * nothing is asynchronous: promises for each event would cost more than reading it.
 */
export type Attempt = (trial: Trial, attempt: number) => AttemptResult | Promise<AttemptResult>

const handled: AttemptResult = { status: "handled" }
const leftOut: AttemptResult = { status: "left-out" }

export function createAttempt(bus: BusSettings, settings: ConsumerSettings, observe: ObserveBus): Attempt {
  const { group, order, events, unreadable, handler } = settings
  const decode: DecodeEvent = createEventDecoder(bus, { events, unreadable, validate: false })

  const failed = (error: unknown, attempt: number, isFinal: boolean): AttemptResult => ({
    status: "failed",
    error,
    failure: describeFailure(error, attempt, bus.clock.now()),
    isFinal,
  })

  const hand = (event: RecordedEvent, { hold, sent }: Trial, attempt: number) => {
    const run = () => causedBy(event, () => handler(event, { group, order, attempt, signal: hold.signal }))
    if (observe === undefined) return run()
    // What the handler records carries what the observer puts there.
    return observe.handling(event, sent, attempt, async (metadata) => withContext(metadata, run))
  }

  const handOver = (event: RecordedEvent | undefined, trial: Trial, attempt: number) => {
    if (event === undefined) return leftOut
    if (trial.hold.isEnding) throw new Interrupted()
    try {
      const handling = hand(event, trial, attempt)
      if (!isPromiseLike(handling)) return handled
      return Promise.resolve(handling).then(
        () => handled,
        (error) => failed(error, attempt, false),
      )
    } catch (error) {
      return failed(error, attempt, false)
    }
  }

  return (trial, attempt) => {
    let decoding: ReturnType<DecodeEvent>
    try {
      decoding = decode(trial.event, trial.metadata)
    } catch (error) {
      return failed(error, attempt, true) // it would be as unreadable the next time
    }
    if (!(decoding instanceof Promise)) return handOver(decoding, trial, attempt)
    return decoding.then(
      (event) => handOver(event, trial, attempt),
      (error) => failed(error, attempt, true),
    )
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function"
}
