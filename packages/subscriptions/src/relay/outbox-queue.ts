import type { StoredOutboxMessage } from "@annals/core"
import type { ParkedMessage } from "./outbox-relay.ts"

/**
 * Decides what of the outbox may be sent next. It keeps no messages but parked ones: what waits stays in the outbox, and is read again.
 *
 * A batch that failed says nothing about which of its messages is to blame: they are sent one by one then.
 */
export class OutboxQueue {
  /** By lane: messages of a lane are sent in order. */
  readonly #parked = new Map<string, ParkedMessage>()
  /** Messages to be sent alone, with their failed attempts. */
  readonly #alone = new Map<string, number>()

  get parked(): readonly ParkedMessage[] {
    return [...this.#parked.values()].sort((left, right) => left.message.sequence - right.message.sequence)
  }

  /**
   * Tells which messages are neither parked nor behind a parked one, as it is now: a key that is freed while the outbox is being read is left for
   * the next time.
   */
  judge(): (message: StoredOutboxMessage) => boolean {
    const blocked = new Set(this.#parked.keys())
    return (message) => !blocked.has(laneOf(message))
  }

  /** The first of these free messages, as many as go together. */
  batchOf(free: readonly StoredOutboxMessage[]): readonly StoredOutboxMessage[] {
    const firstAlone = free.findIndex(({ id }) => this.#alone.has(id))
    if (firstAlone === -1) return free
    return free.slice(0, Math.max(1, firstAlone))
  }

  attemptsOf(batch: readonly StoredOutboxMessage[]): number {
    return this.#alone.get(batch[0]?.id as string) ?? 0
  }

  /** Returns how often the message has failed now; 0: it was a batch, whose messages are tried one by one. */
  failed(batch: readonly StoredOutboxMessage[]): number {
    const attempts = batch.length > 1 ? 0 : this.attemptsOf(batch) + 1
    for (const { id } of batch) this.#alone.set(id, attempts)
    return attempts
  }

  /** These are gone from the outbox. */
  removed(ids: readonly string[]): void {
    for (const id of ids) this.#alone.delete(id)
  }

  park(parked: ParkedMessage): void {
    this.#alone.delete(parked.message.id)
    this.#parked.set(laneOf(parked.message), parked)
  }

  /** Frees parked messages, all or those with these ids, and what waits behind them. Returns them. */
  free(ids?: readonly string[]): readonly StoredOutboxMessage[] {
    const freed = [...this.#parked.values()]
      .map(({ message }) => message)
      .filter(({ id }) => ids === undefined || ids.includes(id))
    for (const message of freed) this.#parked.delete(laneOf(message))
    return freed
  }

  /** Forgets what happened: somebody else has the outbox now, or it has nothing to send. */
  forgetAttempts(): void {
    this.#alone.clear()
  }
}

/** A message without a key has its own. */
function laneOf({ id, key }: StoredOutboxMessage): string {
  return key === undefined ? `message ${id}` : `key ${key}`
}
