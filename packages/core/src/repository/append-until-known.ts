import { isAnnalsError } from "../errors/annals-error.ts"
import type { AppendOptions, AppendResult, EventLog, StreamEvents } from "../store/event-store.ts"

const tries = 3
const pauseMs = 50

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
): Promise<AppendResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await log.appendToStreams(appends, options)
      return attempt === 1 ? result : notRepeated(result)
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
