import type { LogPage } from "@annals/core"
import type { SubscriptionFilter } from "../subscription/subscription-definition.ts"

/** Reads the store's log for subscriptions, a page at a time, as it is stored. */
export interface LogReader {
  read(request: PageRequest): Promise<LogPage>
}

/** Which page. */
export interface PageRequest {
  readonly filter: SubscriptionFilter & { readonly slots?: readonly number[] }
  /** Only positions above this one. */
  readonly after: number
  /** Only positions up to and including this one. */
  readonly until?: number
  /** At most so many events. */
  readonly limit: number
  readonly signal?: AbortSignal
}
