import type { NewStoredEvent, StoredEvent, StoredPayload } from "../store/stored-event.ts"
import type { StreamKey } from "../streams/stream.ts"

/** Where the payload belongs: everything about the event that is known when it is written. */
export interface CodecContext {
  readonly stream: StreamKey
  readonly event: Omit<NewStoredEvent, "payload">
  /** Only for a codec with `chained: true`: the version that the event will have. */
  readonly version?: number
  /** Only for a codec with `chained: true`: the event before it in its stream. */
  readonly previous?: ChainedRecord
}

/** The event before, as a chained codec needs it. */
export interface ChainedRecord {
  readonly version: number
  readonly payload: StoredPayload
}

/**
 * Sits between serialising and storing: compression, encryption, a hash chain. Codecs run in the order given when
 * writing, and in the opposite order when reading. A codec that doesn't know a payload's `encoding` returns it as it is.
 */
export interface Codec {
  readonly name: string
  /**
   * `true`: needs the version and the event before. The append then goes to exactly that version, and is encoded again when
   * another writer was faster.
   */
  readonly chained?: boolean
  encode(payload: StoredPayload, context: CodecContext): StoredPayload | Promise<StoredPayload>
  decode(payload: StoredPayload, event: StoredEvent): StoredPayload | Promise<StoredPayload>
}
