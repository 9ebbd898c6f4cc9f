import type { RetryOptions } from "../ports/event-bus.ts"

/** How long to wait after so many attempts: doubling from `delayMs` up to `maxDelayMs`, of which a random half is taken off. */
export function backoffDelay(retry: Required<RetryOptions>, attempts: number, random: () => number): number {
  return Math.round(longestDelay(retry, attempts) * (1 - random() / 2))
}

/** The delays of all attempts before their jitter, ascending, without repeats. */
export function longestDelays(retry: Required<RetryOptions>): readonly number[] {
  const delays = new Set<number>()
  for (let attempts = 1; attempts < retry.attempts; attempts++) {
    const delay = longestDelay(retry, attempts)
    if (delays.has(delay)) break // as long as it gets
    delays.add(delay)
  }
  return [...delays]
}

function longestDelay({ delayMs, maxDelayMs }: Required<RetryOptions>, attempts: number): number {
  return Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempts - 1, 1_000)) // 0 times infinity is no number
}
