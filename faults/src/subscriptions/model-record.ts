import type { SubscriptionName } from "./round-plan.ts"

/** What a subscription has made of the log. */
export interface ModelRecord {
  readonly subscription: SubscriptionName
  /** In the order in which they were written. */
  readonly rows: readonly ModelRow[]
  readonly counts: readonly StreamCount[]
}

/** An event that is in effect. */
export interface ModelRow {
  readonly id: string
  readonly stream: string
  readonly position: number
  /** Who wrote it, for people. */
  readonly instance: string
}

export interface StreamCount {
  readonly stream: string
  readonly events: number
  readonly lastVersion: number
}
