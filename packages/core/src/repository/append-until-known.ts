import { isAnnalsError } from "../errors/annals-error.ts"
import type { AppendOptions, AppendResult, EventLog, StreamEvents } from "../store/event-store.ts"

const tries = 3
const pauseMs = 50

/** What came of an append that was tried until it was known. */
export interface KnownAppend {
  /** `repeated` is true only where an earlier call had recorded it. */
  readonly result: AppendResult
  /** The events in the result are those that were given: what is recorded under their ids may have other data, if another process was faster. */
  readonly isByGuess: boolean
}

/**
 * Appends; when the outcome is unknown (a connection lost at commit) or passing (busy), the very same append is tried again, ids included: recorded
 * already, it returns the first result, and that isn't told as a repeat. So a conflict always means that it wasn't recorded.
 *
 * Not inside a unit of work: a database may have given up the whole transaction (for a deadlock, say), and only that can be tried again.
 */
export async function appendUntilKnown(
  log: EventLog,
  appends: readonly StreamEvents[],
  options: Omit<AppendOptions, "expected">,
): Promise<KnownAppend> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await log.appendToStreams(appends, options)
      const isByGuess = result.repeated
      return { result: attempt === 1 ? result : notRepeated(result), isByGuess }
    } catch (error) {
      const isPassing = isAnnalsError(error) && error.retryable
      if (!isPassing || attempt === tries || !("transaction" in log)) throw error
      await log.clock.sleep(pauseMs * attempt, options.signal)
    }
  }
}

function notRepeated(result: AppendResult): AppendResult {
  return { ...result, repeated: false, events: result.events }
}
