import { AnnalsError, type Clock } from "@annals/core"
import type { WaitOptions } from "../subscription.ts"

/** How often the store is asked where other instances have to be waited for. */
export const askEveryMs = 50

export interface Waiting {
  readonly clock: Clock
  /** How far the subscription is, all instances together. Rejects when waiting is pointless. */
  readonly reached: () => Promise<number>
  /** Whether progress can be made that nobody here hears of. */
  readonly isElsewhere: () => boolean
  /** Resolves at the next step of this instance. */
  readonly nextStep: () => Promise<void>
  readonly name: string
}

const defaultTimeoutMs = 30_000

/** Resolves when the subscription has reached a position. */
export async function waitForPosition(
  position: number,
  { timeoutMs = defaultTimeoutMs, signal }: WaitOptions,
  waiting: Waiting,
): Promise<void> {
  checkPosition(position)
  signal?.throwIfAborted()
  const over = new AbortController()
  const { clock, name } = waiting
  const timeout = Promise.withResolvers<never>()
  const giveUp = () => timeout.reject(signal?.reason)
  signal?.addEventListener("abort", giveUp, { once: true })
  clock.sleep(timeoutMs, over.signal).then(
    () => timeout.reject(waitedTooLong(name, position, timeoutMs)),
    () => {},
  )
  try {
    while (true) {
      const steps = [waiting.nextStep(), timeout.promise] // taken before the look, so that no step between the two is missed
      if ((await Promise.race([waiting.reached(), timeout.promise])) >= position) return
      if (waiting.isElsewhere()) steps.push(clock.sleep(askEveryMs, over.signal))
      await Promise.race(steps)
    }
  } finally {
    over.abort()
    signal?.removeEventListener("abort", giveUp)
    timeout.promise.catch(() => {})
  }
}

function checkPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return
  const why = `position must be a whole number from 0, not ${String(position)}`
  throw new AnnalsError("INVALID_OPTION", why, { path: "position" })
}

function waitedTooLong(name: string, position: number, timeoutMs: number): AnnalsError {
  const why = `subscription ${name} did not get to position ${position} within ${timeoutMs} ms: see its status()`
  return new AnnalsError("WAIT_TIMEOUT", why, { position, retryable: true })
}
