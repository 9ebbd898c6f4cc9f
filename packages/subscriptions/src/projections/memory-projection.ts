import type { FoldSnapshotLoading } from "@annals/core"
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
export interface MemoryProjectionOptions<State = unknown>
  extends Omit<RunOptions, "instance" | "leaseTtlMs">,
    Pick<SubscriptionSettings, "categories" | "tags" | "tenant" | "unreadable" | "pageSize"> {
  /**
   * Snapshots to begin with, instead of the beginning of the log, and to be taken while it follows: `createFoldSnapshots` of `@annals/snapshots`. They are taken beside
   * the folding, one at a time; a stop waits for the last one, within its `timeoutMs`. Default: none.
   */
  readonly snapshots?: FoldSnapshotLoading<State>
}
