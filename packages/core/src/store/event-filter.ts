import type { EventQuery } from "./event-query.ts"

/** Which events of a store to read. All given parts must hold; filtering happens in the database. */
export interface EventFilter {
  /** Any of these types. */
  readonly types?: readonly string[]
  /** Any of these categories. */
  readonly categories?: readonly string[]
  /** All of these tags. */
  readonly tags?: readonly string[]
  /** A query as in an append condition. */
  readonly query?: EventQuery
  /** One tenant; left out: all that this handle may see. */
  readonly tenant?: string
  /** Streams of these slots. */
  readonly slots?: readonly number[]
  /** Events with this correlation id in their metadata. */
  readonly correlationId?: string
}
