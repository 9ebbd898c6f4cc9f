import type { RetryOptions } from "../ports/event-bus.ts"

/** How long to wait after so many attempts: doubling from `delayMs` up to `maxDelayMs`, of which a random half is taken off. */
export function backoffDelay(
  { delayMs, maxDelayMs }: Required<RetryOptions>,
  attempts: number,
  random: () => number,
): number {
  const longest = Math.min(maxDelayMs, delayMs * 2 ** (attempts - 1))
  return Math.round(longest * (1 - random() / 2))
}
