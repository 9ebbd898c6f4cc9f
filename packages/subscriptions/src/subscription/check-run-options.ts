import { randomUUID } from "node:crypto"
import { AnnalsError, checkName, type WakeUps } from "@annals/core"

/** How a subscription, or a manager of many, runs in this process. */
export interface RunOptions {
  /** Names this instance among those of the same subscription; no two that run may share it. Default: a random name. */
  readonly instance?: string
  /**
   * An instance that isn't heard of for so long loses its slots to the others; it is heard of every third of it. A process that was killed
   * is replaced after this time. Default 5,000.
   */
  readonly leaseTtlMs?: number
  /** The longest time between two looks at the store, should all wake-ups be lost. Default 5,000. */
  readonly pollIntervalMs?: number
  /** Hints from elsewhere, such as a bus, besides the store's own. */
  readonly wakeUps?: readonly WakeUps[]
  /** From 0 up to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** With all defaults in. Throws `INVALID_OPTION`, `INVALID_NAME`. */
export function checkRunOptions({
  instance = randomUUID(),
  leaseTtlMs = 5000,
  pollIntervalMs = 5000,
  wakeUps = [],
  random = Math.random,
}: RunOptions): Required<RunOptions> {
  checkName(instance, "instance")
  checkMilliseconds(leaseTtlMs, "leaseTtlMs")
  checkMilliseconds(pollIntervalMs, "pollIntervalMs")
  return { instance, leaseTtlMs, pollIntervalMs, wakeUps, random }
}

/** Throws `INVALID_OPTION`. */
export function checkMilliseconds(value: number, path: string): void {
  if (Number.isSafeInteger(value) && value > 0) return
  const why = `${path} must be a whole number of milliseconds from 1, not ${String(value)}`
  throw new AnnalsError("INVALID_OPTION", why, { path })
}
