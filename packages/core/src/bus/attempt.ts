import { causedBy } from "../context/context.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { Clock } from "../ports/clock.ts"
import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { Interrupted } from "./delivery.ts"
import { describeFailure } from "./describe-failure.ts"

/** What came of handing an event to a handler once. */
export type AttemptResult =
  | { readonly status: "handled" | "left-out" }
  | {
      readonly status: "failed"
      readonly error: unknown
      readonly failure: DeadLetterFailure
      readonly isFinal: boolean
    }

/** Hands an event to the handler. `attempt` counts from 1. Throws `Interrupted` when the consumer stops before the handler runs. */
export type Attempt = (event: StoredEvent, attempt: number) => Promise<AttemptResult>

export interface AttemptTools {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly decode: (event: StoredEvent) => Promise<RecordedEvent | undefined>
  /** Runs the handler in the consumer's own asynchronous context, never in that of whoever published. */
  readonly inContext: <Result>(run: () => Result) => Result
}

export function createAttempt(
  settings: ConsumerSettings,
  { clock, signal, decode, inContext }: AttemptTools,
): Attempt {
  const { group, types, categories, handler } = settings

  const failed = (error: unknown, attempt: number, isFinal: boolean): AttemptResult => ({
    status: "failed",
    error,
    failure: describeFailure(error, attempt, clock.now()),
    isFinal,
  })

  return async (stored, attempt) => {
    if (types?.has(stored.type) === false || categories?.has(stored.stream.category) === false) {
      return { status: "left-out" }
    }
    let event: RecordedEvent | undefined
    try {
      event = await decode(stored)
    } catch (error) {
      return failed(error, attempt, true) // it would be as unreadable the next time
    }
    if (event === undefined) return { status: "left-out" }
    if (signal.aborted) throw new Interrupted()
    const recorded = event
    try {
      await inContext(() => causedBy(recorded, () => handler(recorded, { group, attempt, signal })))
      return { status: "handled" }
    } catch (error) {
      return failed(error, attempt, false)
    }
  }
}
