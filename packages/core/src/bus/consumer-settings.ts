import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import type { DeadLetterStore } from "../ports/dead-letter-store.ts"
import type { ConsumerContext, ConsumerOptions, RetryOptions } from "../ports/event-bus.ts"
import { checkObject, checkSome, checkWhole, invalidOption } from "../ports/front/check-input.ts"
import { checkEventSet, checkReadPolicy } from "../store/check-read.ts"
import { checkName } from "../streams/validate-name.ts"
import { type NameTest, namePatterns } from "./name-pattern.ts"

/** A consumer's options, checked and complete. */
export interface ConsumerSettings {
  readonly group: string
  readonly handler: (event: RecordedEvent, context: ConsumerContext) => void | PromiseLike<void>
  readonly isWantedType: NameTest | undefined
  readonly isWantedCategory: NameTest | undefined
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly order: "stream" | "none"
  readonly retry: Required<RetryOptions>
  readonly deadLetters: DeadLetterStore | undefined
  readonly maxInFlight: number
  readonly prefetch: number
  readonly from: "now" | "earliest"
}

const defaults = { attempts: 5, delayMs: 100, maxDelayMs: 30_000, maxInFlight: 100, prefetch: 1_000 }

/** Throws `INVALID_NAME` or `INVALID_OPTION`, with the path. */
export function resolveConsumerOptions(options: ConsumerOptions<never>): ConsumerSettings {
  const {
    handler,
    types,
    categories,
    order = "stream",
    deadLetters,
    from = "now",
  } = checkObject(options, "options")
  if (typeof handler !== "function") throw invalidOption("handler", "must be a function")
  if (order !== "stream" && order !== "none") throw invalidOption("order", 'must be "stream" or "none"')
  if (from !== "now" && from !== "earliest") throw invalidOption("from", 'must be "now" or "earliest"')
  if (order === "none" && deadLetters !== undefined) {
    throw invalidOption(
      "deadLetters",
      'is for order "stream": with "none" the bus keeps the dead letters itself',
    )
  }
  if (deadLetters !== undefined && typeof deadLetters?.parkedStreams !== "function") {
    throw invalidOption("deadLetters", "must be a dead letter store")
  }
  checkEventSet(options.events)
  checkReadPolicy(options.unreadable)
  return {
    group: checkGroup(options.group),
    handler: handler as ConsumerSettings["handler"],
    isWantedType: types && namePatterns(checkSome(types, "types", checkName)),
    isWantedCategory: categories && namePatterns(checkSome(categories, "categories", checkName)),
    events: options.events,
    unreadable: options.unreadable ?? "fail",
    order,
    retry: checkRetry(options.retry ?? {}),
    deadLetters,
    maxInFlight: checkWhole(options.maxInFlight ?? defaults.maxInFlight, "maxInFlight", 1),
    prefetch: checkWhole(options.prefetch ?? defaults.prefetch, "prefetch", 0),
    from,
  }
}

const groupName = /^[A-Za-z0-9._-]{1,100}$/

/** What every broker takes as a part of the names of queues, topics and keys. Throws `INVALID_NAME`. */
export function checkGroup(group: unknown): string {
  if (typeof group === "string" && groupName.test(group) && group !== "." && group !== "..") return group
  const why = 'must be 1 to 100 Latin letters, digits, ".", "_" or "-"'
  throw new AnnalsError("INVALID_NAME", `group ${why}`, { path: "group" })
}

function checkRetry(retry: RetryOptions): Required<RetryOptions> {
  const {
    attempts = defaults.attempts,
    delayMs = defaults.delayMs,
    maxDelayMs = defaults.maxDelayMs,
  } = checkObject(retry, "retry")
  return {
    attempts: checkWhole(attempts, "retry.attempts", 1),
    delayMs: checkWhole(delayMs, "retry.delayMs", 0),
    maxDelayMs: checkWhole(maxDelayMs, "retry.maxDelayMs", 0),
  }
}
