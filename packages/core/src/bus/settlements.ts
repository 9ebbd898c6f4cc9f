import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { Delivery, GroupMembership } from "./bus-driver.ts"
import type { EventTask } from "./bus-task.ts"

/** Beyond so many, waiting for more saves nothing. */
const mostAtATime = 500

/** Tells the broker what became of deliveries: acknowledgements of one turn of the event loop together. */
export class Settlements {
  readonly #membership: GroupMembership
  #acknowledged: Delivery[] = []
  #isFlushDue = false

  constructor(membership: GroupMembership) {
    this.#membership = membership
  }

  acknowledge({ hold, delivery }: EventTask): void {
    if (!hold.isLost) this.add(delivery)
  }

  add(delivery: Delivery): void {
    this.#acknowledged.push(delivery)
    if (this.#acknowledged.length >= mostAtATime) this.flush()
    else this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }

  flush(): void {
    if (this.#acknowledged.length === 0) return
    const deliveries = this.#acknowledged
    this.#acknowledged = []
    this.#membership.acknowledge(deliveries)
  }

  noteAttempts({ delivery }: EventTask, attempts: number): void {
    this.#membership.noteAttempts?.(delivery, attempts)
  }

  retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    return this.#membership.retryLater(delivery, attempts, delayMs)
  }

  addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    return this.#membership.addDeadLetter(delivery, failure)
  }
}
