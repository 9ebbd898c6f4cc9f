import type { EventSet } from "@annals/core"
import type { ProjectionTarget } from "./projection-target.ts"

/**
 * A projection whose rows are kept in the store's own transaction: run it beside the appends (`projectionSubscription`), inside of them (`inline`),
 * and rebuild it. Made by `defineDocumentProjection` and `defineTableProjection`.
 */
export interface StoredProjection<Tx = unknown> {
  readonly name: string
  /** A whole number from 1. Raise it when the handlers change so that the rows must be made anew. */
  readonly version: number
  /** The types by which events are read. */
  readonly events: EventSet
  readonly filter: ProjectionFilter
  readonly target: ProjectionTarget<Tx>
}

/** Which events a projection takes. All given parts must hold. */
export interface ProjectionFilter {
  /** Those that it has handlers for, with their former names. */
  readonly types: readonly string[]
  readonly categories?: readonly string[]
  /** All of these. */
  readonly tags?: readonly string[]
}

/** What every stored projection is defined by, besides its handlers. */
export interface StoredProjectionOptions {
  /** A whole number from 1. Raise it when the handlers change so that the rows must be made anew. Default 1. */
  readonly version?: number
  /** Only events of these categories. Default: of any. */
  readonly categories?: readonly string[]
  /** Only events with all of these tags. */
  readonly tags?: readonly string[]
}
