import type { JsonValue } from "../events/payload.ts"

/** Messages that aren't events, written in the transaction of what caused them and sent afterwards by a relay. */
export interface OutboxStore {
  /** The same id again is kept once. */
  add(messages: readonly OutboxMessage[]): Promise<void>
  /** Oldest first. */
  read(options?: {
    readonly topic?: string
    readonly after?: number
    readonly limit?: number
  }): Promise<readonly StoredOutboxMessage[]>
  /** Once they are sent. Returns how many there were. */
  remove(ids: readonly string[]): Promise<number>
}

/** A message to be sent. */
export interface OutboxMessage {
  /** A UUID. */
  readonly id: string
  readonly topic: string
  /** Messages of one key are sent in order. */
  readonly key?: string
  readonly body: JsonValue
  readonly headers?: Readonly<Record<string, string>>
}

/** A message that waits to be sent. */
export interface StoredOutboxMessage extends OutboxMessage {
  readonly sequence: number
  /** Epoch milliseconds. */
  readonly addedAt: number
}
