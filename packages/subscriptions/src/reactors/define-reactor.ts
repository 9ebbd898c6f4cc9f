import {
  type AnnalsError,
  checkName,
  deriveId,
  type EventIn,
  type EventType,
  type OwnHandlers,
  type RecordedEvent,
} from "@annals/core"
import { checkHandlers } from "../options/check-handlers.ts"
import { checkObject } from "../options/check-object.ts"
import { checkTypes } from "../options/check-types.ts"
import { checkWhole } from "../options/check-whole.ts"
import { invalidOption } from "../options/invalid-option.ts"
import { subscriptionNameOf } from "../rebuild/projection-names.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { HandlerContext } from "../subscription/handling.ts"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"
import type { Followed, ReactorContext, ReactorHandlers, ReactorOptions } from "./reactor.ts"

/**
 * Defines a subscription that has effects outside of the store: at least once for each event, with a key by which repeats can be told. What should have
 * its effect inside of the store is for a transactional subscription or a process manager. Throws `INVALID_NAME`, `INVALID_OPTION`,
 * `DUPLICATE_EVENT_TYPE`.
 *
 * @example
 * const receipts = defineReactor("receipts", {
 *   events: [orderPaid],
 *   from: "end",
 *   after: ["order-list"],
 *   on: { orderPaid: ({ data }, { idempotencyKey, signal }) => mail.send(data.email, { idempotencyKey, signal }) },
 * })
 */
export function defineReactor<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Handlers extends ReactorHandlers<EventIn<Types>>,
>(
  name: Name,
  options: ReactorOptions<Types, OwnHandlers<Handlers, EventIn<Types>["type"], Name>>,
): SubscriptionDefinition<unknown> {
  const { events, on, after = [], from, ...settings } = checkObject(options, "options")
  const handlers = checkHandlers<Handler>(on, "on")
  const handled = checkTypes(events, "events").filter(({ type }) => handlers.has(type))
  if (handled.length !== handlers.size || handlers.size === 0) throw wrongHandlers(events, handlers)
  if (from === undefined) throw invalidOption("from", 'must be given: "beginning", "end" or a position')
  const definition = createDefinition("reactor", name, {
    ...settings,
    from,
    events: handled,
    handle: (event: RecordedEvent, context: HandlerContext) =>
      handlers.get(event.type)?.(event, {
        ...context,
        idempotencyKey: deriveId("reactor", name, event.tenant, event.id),
      }),
  })
  return Object.freeze({ ...definition, behind: Object.freeze(namesOf(after)) })
}

type Handler = (event: RecordedEvent, context: ReactorContext) => void | PromiseLike<void>

function namesOf(after: readonly Followed[]): readonly string[] {
  if (!Array.isArray(after)) throw invalidOption("after", "must be an array")
  return after.map((given: Followed) => {
    if (typeof given === "string") return checkName(given, "after")
    const { name, version = 1 } = checkObject(given, "after")
    return subscriptionNameOf({ name: checkName(name, "after"), version: checkWhole(version, "after", 1) })
  })
}

function wrongHandlers(
  events: readonly EventType<string>[],
  handlers: ReadonlyMap<string, unknown>,
): AnnalsError {
  const unknown = [...handlers.keys()].find((type) => !events.some((known) => known.type === type))
  return invalidOption(
    "on",
    unknown === undefined ? "has no handler" : `has "${unknown}", which isn't among the events`,
  )
}
