import type { RunOptions } from "../subscription/check-run-options.ts"
import type { Subscription } from "../subscription/subscription.ts"
import type { SubscriptionSettings } from "../subscription/subscription-definition.ts"

/** A projection whose state is kept in this process, and nowhere else. */
export interface MemoryProjection<State> extends Subscription {
  /**
   * The state after the events handled so far, see `status().position`; not a copy. Wait with `waitFor` for what must be in it. After a failure it
   * is what was left: make a new projection.
   */
  readonly state: State
}

/** How a projection is kept in memory. */
export interface MemoryProjectionOptions
  extends Omit<RunOptions, "instance" | "leaseTtlMs">,
    Pick<SubscriptionSettings, "categories" | "tags" | "tenant" | "unreadable" | "pageSize"> {}
