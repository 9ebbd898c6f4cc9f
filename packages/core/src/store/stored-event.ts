import type { StreamKey } from "../streams/stream.ts"

/**
 * A payload as it is stored: text or bytes, kept byte for byte. `encoding` names how it came about
 * (`"json"`, `"bytes"`, or what a codec made of them, such as `"json+zstd"`).
 */
export interface StoredPayload {
  readonly encoding: string
  readonly body: string | Uint8Array
  /** What a hash-chaining codec stores beside the payload. */
  readonly hash?: string
}

/** What a new event and a stored one have in common, in the shape that every driver gets and returns. */
export interface StoredEventHead {
  /** A UUID in lower case. */
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  /** Sorted, without repeats. */
  readonly tags: readonly string[]
  readonly correlationId: string | undefined
  readonly causationId: string | undefined
  /** All other metadata as the text of a JSON object; `""` where there is none. */
  readonly metadata: string
  /** Epoch milliseconds. */
  readonly occurredAt: number
}

/** An event on its way to a driver: validated, stamped, serialised. */
export interface NewStoredEvent extends StoredEventHead {
  readonly payload: StoredPayload
}

/** An event as a driver returns it, undecoded. */
export interface StoredEvent extends NewStoredEvent {
  readonly stream: StreamKey
  readonly version: number
  readonly position: number
  /** Epoch milliseconds. */
  readonly recordedAt: number
}
