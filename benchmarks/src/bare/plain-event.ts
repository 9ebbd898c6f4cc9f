/** An event as the hand-written code takes it. */
export interface PlainEvent {
  readonly type: string
  readonly data: unknown
  readonly metadata: object
  readonly tags: readonly string[]
}

export interface PlainAppend {
  readonly category: string
  readonly id: string
  /** The version that the stream must be at; `undefined`: any. */
  readonly expected: number | undefined
  readonly events: readonly PlainEvent[]
}

/** An event as the hand-written code reads it: all that was stored, parsed. */
export interface PlainRecorded extends PlainEvent {
  readonly id: string
  readonly stream: { readonly category: string; readonly id: string }
  readonly version: number
  readonly position: number
  readonly schemaVersion: number
  readonly occurredAt: number
  readonly recordedAt: number
}
