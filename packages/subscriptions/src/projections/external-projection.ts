import type { EventIn, EventType, Recorded } from "@annals/core"
import type { SubscriptionSettings } from "../subscription/subscription-definition.ts"

/**
 * A store of the user's own, outside of the events' database, that keeps its position together with its data. Where it writes both or neither, each
 * event takes effect exactly once.
 */
export interface ExternalStore<Event> {
  /** Up to where it has applied the log; 0 if it never did. */
  position(): number | PromiseLike<number>
  /**
   * Applies events, in order, and notes the position `to` with them. Only where it is still at `from`: otherwise it changes nothing and returns `false`,
   * since another instance that was thought dead was faster.
   */
  apply(events: readonly Event[], step: ExternalStep): boolean | PromiseLike<boolean>
}

/** From where to where events bring an external store. */
export interface ExternalStep {
  readonly from: number
  readonly to: number
  /** Aborted when the deadline is over, or it is stopped. */
  readonly signal: AbortSignal
}

/** How a projection into the user's own store is defined. */
export interface ExternalProjectionOptions<Types extends readonly EventType<string>[]>
  extends Pick<
    SubscriptionSettings,
    "categories" | "tags" | "tenant" | "unreadable" | "retry" | "timeoutMs" | "pageSize"
  > {
  /** The types of event that it takes. */
  readonly events: Types
  readonly into: ExternalStore<Recorded<EventIn<Types>>>
}
