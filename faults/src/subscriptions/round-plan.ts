import type { Operation } from "../stores/operation.ts"

/** Everything that one round does and suffers, as its seed decides. Faults strike at points in the work, never at times. */
export interface RoundPlan {
  readonly settings: ProjectionSettings
  readonly instances: readonly string[]
  /** One after the other. */
  readonly waves: readonly WavePlan[]
}

/** How the subscriptions of a round are set up, in all instances alike. */
export interface ProjectionSettings {
  /** Whether handlers get several events at a time. */
  readonly batches: boolean
  readonly instances: Readonly<Record<SubscriptionName, "shared" | "one-active">>
  readonly pageSize: number
  readonly checkpointEvents: number
  readonly leaseTtlMs: number
}

/** `steady` takes every event; `parking` can't take some of them before they are repaired; `rebuilt` is a projection that is made anew now and then. */
export const subscriptionNames = ["steady", "parking", "rebuilt"] as const

export type SubscriptionName = (typeof subscriptionNames)[number]

/** Some appends, and what happens to an instance in the middle of them. */
export interface WavePlan {
  /** Lanes run at the same time, each a step at a time. */
  readonly lanes: readonly (readonly Operation[])[]
  /** Stays in its transaction until all lanes are through: what they append comes after what it holds. */
  readonly held: Operation | undefined
  /** Ids of events that `parking` can't take before they are repaired. */
  readonly poison: readonly string[]
  /** What is done about all that is parked when the fault strikes. */
  readonly requeue: "nothing" | "as-it-is" | "repaired"
  /** Whether `rebuilt` is made anew meanwhile. */
  readonly rebuilds: boolean
  readonly fault: InstanceFault | undefined
}

/**
 * - `kill-after-events`, `stop-after-events`: in the middle of whatever comes next
 * - `kill-in-transaction`, `stop-in-transaction`: everything is written, nothing is committed
 * - `kill-at-commit`: it is committed, and nobody knows
 * - `stop-before-writes`: an event is read, and nothing is written of it
 * - `leave`: it stops in order, and comes back when others have gone on
 *
 * An instance that is killed is started again under another name. One that is stopped goes on when its leases are over and others have done what
 * they can.
 */
export interface InstanceFault {
  readonly kind: InstanceFaultKind
  /** Which instance it strikes; `holder`: whichever has the first of the subscription's slots. */
  readonly instance: string
  /** In which of its transactions, for those that strike in one. */
  readonly subscription: SubscriptionName
  /** When so many events have been handled in this wave, by all instances together; 0: the first one that comes waits for it. */
  readonly afterEvents: number
}

export const instanceFaultKinds = [
  "kill-after-events",
  "kill-in-transaction",
  "kill-at-commit",
  "stop-after-events",
  "stop-before-writes",
  "stop-in-transaction",
  "leave",
] as const

export type InstanceFaultKind = (typeof instanceFaultKinds)[number]

/** Where a handler waits for its fault; `at-commit` it doesn't: the server keeps its commit until the fault has struck. */
export type Moment = "before-writes" | "in-transaction" | "at-commit"

/** The moment that a fault waits for; `undefined`: none. */
export function momentOf(kind: InstanceFaultKind): Moment | undefined {
  switch (kind) {
    case "kill-in-transaction":
    case "stop-in-transaction":
      return "in-transaction"
    case "kill-at-commit":
      return "at-commit"
    case "stop-before-writes":
      return "before-writes"
    default:
      return undefined
  }
}
