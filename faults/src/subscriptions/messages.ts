import type { PostgresLocation } from "../postgres/access-postgres.ts"
import type { Moment, ProjectionSettings, SubscriptionName } from "./round-plan.ts"

/** What the process of an instance is started with. */
export interface InstanceJob {
  readonly location: PostgresLocation
  /** The schema of its read models. */
  readonly modelSchema: string
  /** Another one in each life. */
  readonly instance: string
  readonly settings: ProjectionSettings
}

export type InstanceMessage =
  /** It takes part. */
  | { readonly type: "joined" }
  /** An event is in a read model, maybe not for good. */
  | { readonly type: "handled" }
  /** The next event that it was ordered to wait with will wait. */
  | { readonly type: "armed" }
  | PausedMessage
  /** Its subscriptions are stopped. */
  | { readonly type: "left" }
  | { readonly type: "failed"; readonly message: string }

export interface PausedMessage {
  readonly type: "paused"
  readonly moment: Moment
  /** The server's number of the connection of its transaction. */
  readonly connection: number
}

export type InstanceOrder =
  /** At the next event of this subscription. */
  | { readonly type: "pause"; readonly subscription: SubscriptionName; readonly moment: Moment }
  /** Goes on where it is paused, and isn't to pause any more. */
  | { readonly type: "resume" }
  | { readonly type: "leave" }
  | { readonly type: "join" }
