import { backoffDelay, type Clock, isAnnalsError } from "@annals/core"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"
import { CheckpointMoved } from "./apply-step.ts"

export interface PatienceOptions {
  readonly clock: Clock
  readonly retry: SubscriptionDefinition["retry"]
  readonly random: () => number
  readonly signal: AbortSignal
  /** `undefined`: it goes on. */
  readonly onTrouble: (error: unknown) => void
}

const endings = ["CLOSED", "INVALID_OPTION", "LEASE_LOST", "PROJECTION_SUPERSEDED"]
const unreadable = ["UNREADABLE_EVENT", "UNKNOWN_EVENT_TYPE", "UPCAST_FAILED"]

/** How often a rebuild tries again, and after how long. */
export class RebuildPatience {
  readonly #options: PatienceOptions

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /** What may pass is tried without an end; anything else so many times. */
  async retrying<Result>(work: () => Promise<Result>, most = this.#options.retry.attempts): Promise<Result> {
    for (let attempts = 1; ; ) {
      try {
        return await work()
      } catch (error) {
        if (this.isOver(error)) throw error
        const passing = this.#options.retry.isPassing(error)
        if (!passing && (attempts >= most || this.#isPermanent(error))) throw error
        await this.backOff(error, attempts)
        if (!passing) attempts++
      }
    }
  }

  async backOff(error: unknown, attempts = 1): Promise<void> {
    const { clock, retry, random, signal, onTrouble } = this.#options
    onTrouble(error)
    await clock.sleep(backoffDelay(retry, attempts, random), signal)
    onTrouble(undefined)
  }

  /** Whether no attempt more would help. */
  isOver(error: unknown): boolean {
    if (this.#options.signal.aborted || error instanceof CheckpointMoved) return true
    return isAnnalsError(error) && endings.includes(error.code)
  }

  #isPermanent(error: unknown): boolean {
    return (isAnnalsError(error) && unreadable.includes(error.code)) || this.#options.retry.isPermanent(error)
  }
}
