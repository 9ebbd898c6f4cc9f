import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import type { DeadLetterStore } from "../ports/dead-letter-store.ts"
import type { ConsumerContext, ConsumerOptions, RetryOptions } from "../ports/event-bus.ts"
import { checkSome, checkWhole, invalidOption } from "../ports/front/check-input.ts"
import { checkName } from "../streams/validate-name.ts"

/** A consumer's options, checked and complete. */
export interface ConsumerSettings {
  readonly group: string
  readonly handler: (event: RecordedEvent, context: ConsumerContext) => void | PromiseLike<void>
  readonly types: ReadonlySet<string> | undefined
  readonly categories: ReadonlySet<string> | undefined
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly order: "stream" | "none"
  readonly retry: Required<RetryOptions>
  readonly deadLetters: DeadLetterStore | undefined
  readonly maxInFlight: number
}

const defaults = { attempts: 5, delayMs: 100, maxDelayMs: 30_000, maxInFlight: 100 }

/** Throws `INVALID_NAME` or `INVALID_OPTION`, with the path. */
export function resolveConsumerOptions(options: ConsumerOptions<never>): ConsumerSettings {
  const { group, handler, types, categories, order = "stream", retry = {}, deadLetters } = options
  if (typeof handler !== "function") throw invalidOption("handler", "must be a function")
  if (order !== "stream" && order !== "none") throw invalidOption("order", 'must be "stream" or "none"')
  if (order === "none" && deadLetters !== undefined) {
    throw invalidOption(
      "deadLetters",
      'is for order "stream": with "none" the bus keeps the dead letters itself',
    )
  }
  return {
    group: checkName(group, "group"),
    handler: handler as ConsumerSettings["handler"],
    types: types && new Set(checkSome(types, "types", checkName)),
    categories: categories && new Set(checkSome(categories, "categories", checkName)),
    events: options.events,
    unreadable: options.unreadable ?? "fail",
    order,
    retry: checkRetry(retry),
    deadLetters,
    maxInFlight: checkWhole(options.maxInFlight ?? defaults.maxInFlight, "maxInFlight", 1),
  }
}

function checkRetry({
  attempts = defaults.attempts,
  delayMs = defaults.delayMs,
  maxDelayMs = defaults.maxDelayMs,
}: RetryOptions): Required<RetryOptions> {
  return {
    attempts: checkWhole(attempts, "retry.attempts", 1),
    delayMs: checkWhole(delayMs, "retry.delayMs", 0),
    maxDelayMs: checkWhole(maxDelayMs, "retry.maxDelayMs", 0),
  }
}
