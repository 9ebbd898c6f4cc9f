import type { LogPage } from "@annals/core"
import type { SubscriptionFilter } from "../subscription/subscription-definition.ts"

/** Reads the store's log for subscriptions, a page at a time, as it is stored. */
export interface LogReader {
  /**
   * The next events that pass the filter, in the order of positions: up to `limit`, perhaps fewer, perhaps none. Nothing that passes lies between
   * `after` and the page's `scannedTo` but what it holds, so reading goes on from there. `more: false`: the page ends at `until`, or at the end of the log as
   * it was when this was called, or later. A page without progress has `more: false`.
   *
   * Rejects with the signal's reason as soon as that is aborted, with `INVALID_OPTION`, `INVALID_NAME`, and whatever the store rejects with.
   */
  read(request: PageRequest): Promise<LogPage>
}

/** Which page. */
export interface PageRequest {
  readonly filter: ReadFilter
  /** Only positions above this one. */
  readonly after: number
  /** Only positions up to and including this one. */
  readonly until?: number
  /** At most so many events. */
  readonly limit: number
  readonly signal?: AbortSignal
}

/** What a subscription reads, in the slots that this instance has. */
export type ReadFilter = SubscriptionFilter & { readonly slots?: readonly number[] }
