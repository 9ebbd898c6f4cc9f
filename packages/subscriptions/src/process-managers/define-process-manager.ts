import type { EventIn, EventType, Evolve, OwnHandlers, RecordedEvent, Uninferred } from "@annals/core"
import { checkObject } from "../options/check-object.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { TransactionContext } from "../subscription/handling.ts"
import { handleOnce } from "./handle-once.ts"
import type {
  ProcessContext,
  ProcessHandlers,
  ProcessManager,
  ProcessManagerOptions,
  RefusedCommand,
} from "./process-manager.ts"
import { processRules, type UncheckedOptions } from "./process-rules.ts"

/** A transaction holds back whoever waits for the streams that it wrote. */
const eventsPerTransaction = 10

/**
 * Defines a process manager: events in; own events, commands, deadlines and messages out. Its state is folded from a stream of its own for each
 * process. What it decides on takes effect in one transaction together with the checkpoint, and is recorded with the event that led
 * to it: once, however often that event comes. Throws `INVALID_NAME`, `INVALID_OPTION`, `DUPLICATE_EVENT_TYPE`.
 *
 * Deadlines come while a deadline runner runs: a subscription manager brings one along, beside `createSubscription` it is for you to start one.
 *
 * A refused command fails the event unless `onRefused` says otherwise; the settings of a subscription say what then happens.
 * `checkpointEvery.events` is 10 by default, since others wait for streams that an open transaction wrote.
 *
 * @example
 * const fulfilment = defineProcessManager("fulfilment", {
 *   listensTo: [orderPlaced, paymentReceived],
 *   correlate: ({ data }) => data.orderId,
 *   events: [started, finished],
 *   deadlines: [paymentOverdue],
 *   initial: () => ({ productId: "" }),
 *   evolve: { started: (_state, { data }) => ({ productId: data.productId }), finished: (state) => state },
 *   on: {
 *     orderPlaced: (_state, { data, occurredAt }) => [
 *       started({ productId: data.productId }),
 *       execute(stock, data.productId, "reserve", { quantity: 1 }),
 *       schedule(occurredAt + 24 * 3_600_000, paymentOverdue({ orderId: data.orderId })),
 *     ],
 *     paymentReceived: () => [finished({}), cancel(paymentOverdue)],
 *     paymentOverdue: ({ productId }) => [finished({}), execute(stock, productId, "release", { quantity: 1 })],
 *   },
 *   endedBy: ["finished"],
 * })
 */
export function defineProcessManager<
  const Name extends string,
  const Heard extends readonly EventType<string>[],
  const OwnTypes extends readonly EventType<string>[],
  Evolution extends Evolve<EventIn<OwnTypes>, NoInfer<State>>,
  Handlers extends ProcessHandlers<
    EventIn<Heard> | EventIn<Deadlines>,
    NoInfer<State>,
    EventIn<OwnTypes>,
    EventIn<Deadlines>
  >,
  const Deadlines extends readonly EventType<string>[] = readonly [],
  State = Uninferred,
>(
  name: Name,
  options: ProcessManagerOptions<
    Heard,
    OwnTypes,
    Deadlines,
    State,
    OwnHandlers<Evolution, EventIn<OwnTypes>["type"], Name>,
    OwnHandlers<Handlers, (EventIn<Heard> | EventIn<Deadlines>)["type"], Name>
  >,
): ProcessManager<Name, EventIn<Heard>, EventIn<OwnTypes>, EventIn<Deadlines>, State> {
  const unchecked = checkObject(options, "options") as unknown as UncheckedOptions
  const rules = processRules(name, unchecked)
  const {
    listensTo,
    correlate,
    events,
    deadlines = [],
    initial,
    evolve,
    on,
    endedBy,
    onRefused,
    ...settings
  } = unchecked
  const definition = createDefinition("process-manager", name, {
    ...settings,
    checkpointEvery: { events: eventsPerTransaction, ...settings.checkpointEvery },
    events: [...listensTo, ...deadlines],
    transactional: true,
    handle: (event: RecordedEvent, context: TransactionContext) => handleOnce(rules, event, context),
  })
  const manager = {
    ...definition,
    category: rules.category,
    deadlines: Object.freeze(deadlines.map(({ type }) => type)),
    initial,
    evolve: rules.evolve,
    decide: (state: unknown, event: RecordedEvent, context: Partial<ProcessContext> = {}) =>
      rules.decide(state, event, { id: "", version: 0, now: event.recordedAt, ...context }),
    decideOnRefusal: (state: unknown, refused: GivenRefusal, context: Partial<ProcessContext> = {}) =>
      rules.onRefused?.(state, completed(refused), { id: "", version: 0, now: 0, ...context }),
    processOf: rules.processOf,
  }
  return Object.freeze(manager) as unknown as ProcessManager<
    Name,
    EventIn<Heard>,
    EventIn<OwnTypes>,
    EventIn<Deadlines>,
    State
  >
}

type GivenRefusal = Parameters<ProcessManager["decideOnRefusal"]>[1]

/** What a handler gets from a store, and nothing else that a decision has. */
function completed({
  reason,
  command,
  category = "",
  id = "",
  payload,
  details,
}: GivenRefusal): RefusedCommand {
  return { reason, details, category, id, command, payload }
}
