import type { GroupName } from "./groups.ts"
import type { CallMessage } from "./messages.ts"

/** What handlers said of one event in one group. */
export interface CallRecord {
  readonly group: GroupName
  readonly eventId: string
  /** How often they failed. */
  readonly failures: number
  /** The highest number of an attempt that they were told. */
  readonly attempts: number
}

/** Collects what handlers say. */
export class Calls {
  readonly #records = new Map<string, CallRecord>()
  #handled = 0

  /** How many events took effect, in all groups together, and maybe more often than once. */
  get handled(): number {
    return this.#handled
  }

  get records(): readonly CallRecord[] {
    return [...this.#records.values()]
  }

  add(message: CallMessage): void {
    if (message.type === "handled") {
      this.#handled++
      return
    }
    const { group, eventId } = message
    const key = `${group}/${eventId}`
    const { failures, attempts } = this.#records.get(key) ?? { failures: 0, attempts: 1 }
    this.#records.set(key, {
      group,
      eventId,
      failures: message.type === "failing" ? failures + 1 : failures,
      attempts: message.type === "retried" ? Math.max(attempts, message.attempt) : attempts,
    })
  }
}
