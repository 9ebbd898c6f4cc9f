import type { ConsumerName, GroupName } from "./groups.ts"
import type { BusLocation } from "./open-bus.ts"
import type { Moment, PublishStep } from "./round-plan.ts"

/** What the process of a publisher is started with. */
export interface PublisherJob {
  readonly location: BusLocation
}

export type PublisherMessage =
  /** It has its bus. */
  | { readonly type: "opened" }
  | { readonly type: "acknowledged"; readonly step: string }
  | { readonly type: "failed"; readonly message: string }

/** All lanes at the same time. */
export interface PublishOrder {
  readonly type: "publish"
  readonly lanes: readonly (readonly PublishStep[])[]
}

/** What the process of a consumer is started with. */
export interface ConsumerJob {
  readonly location: BusLocation
  /** Holds inboxes, dead letters and effects. */
  readonly file: string
  readonly consumer: ConsumerName
  /** Another one in each life. */
  readonly name: string
}

export type ConsumerMessage =
  /** It takes part in all its groups. */
  | { readonly type: "joined" }
  | CallMessage
  /** The next event that it was ordered to wait with will wait. */
  | { readonly type: "armed" }
  | { readonly type: "paused"; readonly moment: Moment }
  | LookedMessage
  /** Its consumers are stopped. */
  | { readonly type: "left" }
  | { readonly type: "failed"; readonly message: string }

/** What a handler says. */
export type CallMessage =
  /** It was called for an event that is said to have failed before. */
  | {
      readonly type: "retried"
      readonly group: GroupName
      readonly eventId: string
      readonly attempt: number
    }
  /** It is about to fail. */
  | { readonly type: "failing"; readonly group: GroupName; readonly eventId: string }
  /** What it wrote is committed. */
  | { readonly type: "handled"; readonly group: GroupName }

export interface LookedMessage {
  readonly type: "looked"
  readonly look: number
  /** How many events wait for each group; `undefined`: the broker couldn't be asked. */
  readonly lags: readonly (number | undefined)[]
}

export type ConsumerOrder =
  /** At the next event of this group. `alone`: no other handler may have a transaction open then. */
  | { readonly type: "pause"; readonly group: GroupName; readonly moment: Moment; readonly alone: boolean }
  /** Goes on where it is paused, and isn't to pause any more. */
  | { readonly type: "resume" }
  | { readonly type: "look"; readonly look: number }
  | { readonly type: "leave" }
  | { readonly type: "join" }
