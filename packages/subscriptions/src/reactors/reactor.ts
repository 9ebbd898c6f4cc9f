import type { EventType, NewEvent, Recorded } from "@annals/core"
import type { HandlerContext } from "../subscription/handling.ts"
import type { SubscriptionSettings } from "../subscription/subscription-definition.ts"

/** What a reactor is told besides the event. */
export interface ReactorContext extends HandlerContext {
  /** A UUID that is the same whenever this reactor gets this event: hand it to whatever is called, so that a repeat has no second effect there. */
  readonly idempotencyKey: string
}

/** A handler for each type of event that matters. */
export type ReactorHandlers<Event extends NewEvent> = {
  readonly [Type in Event["type"]]?: (
    event: Recorded<Extract<Event, { readonly type: Type }>>,
    context: ReactorContext,
  ) => void | PromiseLike<void>
}

/** How a reactor is defined. */
export interface ReactorOptions<Types extends readonly EventType<string>[], Handlers>
  extends Omit<SubscriptionSettings, "types" | "from"> {
  /** Of any category, unless `categories` is given. */
  readonly events: Types
  readonly on: Handlers
  /** Where it begins at its very first start: the `"end"` leaves alone what happened before there was this reactor. */
  readonly from: "beginning" | "end" | number
  /**
   * An event is handled when each of these is through with it, so that a read model shows it. While one is rebuilt in place or stopped, the reactor
   * waits; nothing is handled again. Default: none.
   */
  readonly after?: readonly Followed[]
}

/** Whom a reactor stays behind: a projection, a subscription, or the name of one. */
export type Followed = string | { readonly name: string; readonly version?: number }
