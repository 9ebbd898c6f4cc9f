import { AnnalsError, type EventStore } from "@annals/core"
import type { DeadlineRunner, DeadlineRunnerOptions } from "./deadline-runner.ts"
import { StoreDeadlines } from "./store-deadlines.ts"

const longestPollMs = 2 ** 31 - 1

/**
 * Makes a runner for the deadlines that process managers schedule, ready to be started. Give it the store that the process managers run on: a
 * tenant's handle keeps its own. Throws `INVALID_OPTION`.
 *
 * @example
 * await using deadlines = createDeadlineRunner(store)
 * await deadlines.start()
 */
export function createDeadlineRunner<Tx>(
  store: EventStore<Tx>,
  { pollIntervalMs = 5_000 }: DeadlineRunnerOptions = {},
): DeadlineRunner {
  if (Number.isSafeInteger(pollIntervalMs) && pollIntervalMs >= 1 && pollIntervalMs <= longestPollMs) {
    return new StoreDeadlines(store, pollIntervalMs)
  }
  const why = `pollIntervalMs must be a whole number from 1 to ${longestPollMs}, not ${String(pollIntervalMs)}`
  throw new AnnalsError("INVALID_OPTION", why, { path: "pollIntervalMs" })
}
