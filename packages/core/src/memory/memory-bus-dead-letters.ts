import type { BrokerDeadLetter, BusMessage } from "../bus/bus-driver.ts"
import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"

/** The dead letters that a group of the memory bus keeps itself, with order `"none"`. */
export class MemoryBusDeadLetters {
  readonly #letters = new Map<string, { readonly message: BusMessage; readonly failure: DeadLetterFailure }>()

  get size(): number {
    return this.#letters.size
  }

  add(message: BusMessage, failure: DeadLetterFailure): void {
    this.#letters.set(message.eventId, { message, failure })
  }

  list(limit: number): readonly BrokerDeadLetter[] {
    const letters = [...this.#letters.values()].slice(0, limit)
    return letters.map(({ message: { head, body }, failure }) => ({ head, body, failure }))
  }

  /** Removes all, or those with these event ids, and returns their messages. */
  takeOut(eventIds: ReadonlySet<string> | undefined): readonly BusMessage[] {
    const taken = [...this.#letters.values()].filter(({ message }) => eventIds?.has(message.eventId) ?? true)
    for (const { message } of taken) this.#letters.delete(message.eventId)
    return taken.map(({ message }) => message)
  }
}
