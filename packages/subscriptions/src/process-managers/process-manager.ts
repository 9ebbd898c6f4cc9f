import type { Category, EventIn, EventType, NewEvent, Recorded } from "@annals/core"
import type { SubscriptionDefinition, SubscriptionSettings } from "../subscription/subscription-definition.ts"
import type { ProcessDecision, ProcessDecisions } from "./process-decision.ts"

/** What a handler of a process manager is told besides state and event. */
export interface ProcessContext {
  /** Of the process. */
  readonly id: string
  /** The number of events in the process's stream; 0: it hasn't begun. */
  readonly version: number
  /** Epoch milliseconds, by the store's clock: when the event is handled, which may be long after it occurred. */
  readonly now: number
}

/** A pure function for each type of event that it listens to, and for each deadline. */
export type ProcessHandlers<
  Heard extends NewEvent,
  State,
  Own extends NewEvent,
  Deadline extends NewEvent,
> = {
  readonly [Type in Heard["type"]]: (
    state: State,
    event: Recorded<Extract<Heard, { readonly type: Type }>>,
    context: ProcessContext,
  ) => ProcessDecisions<Own, Deadline>
}

/** Which process an event is about: one function for all types, or one for each. `undefined`: none, and the event is of no concern. */
export type Correlate<Heard extends NewEvent> =
  | ((event: Recorded<Heard>) => string | undefined)
  | {
      readonly [Type in Heard["type"]]: (
        event: Recorded<Extract<Heard, { readonly type: Type }>>,
      ) => string | undefined
    }

/** A command of a process that its aggregate refused. */
export interface RefusedCommand {
  readonly reason: string
  readonly details: unknown
  /** Of the aggregate. */
  readonly category: string
  /** Of the aggregate. */
  readonly id: string
  readonly command: string
  readonly payload: unknown
}

/** How a process manager is defined. */
export interface ProcessManagerOptions<
  Heard extends readonly EventType<string>[],
  OwnTypes extends readonly EventType<string>[],
  Deadlines extends readonly EventType<string>[],
  State,
  Evolution,
  Handlers,
> extends ProcessSettings {
  /** The types of event that it reacts to, of any category. */
  readonly listensTo: Heard
  /** Which process an event is about. It must always give the same answer for the same event. */
  readonly correlate: Correlate<EventIn<NoInfer<Heard>>>
  /** What it records in a stream for each process; its name is the category. */
  readonly events: OwnTypes
  /** What comes when a deadline is over: events that are recorded at a time to come, in a category of their own. */
  readonly deadlines?: Deadlines
  /** The state before the first event. */
  readonly initial: () => State
  readonly evolve: Evolution
  readonly on: Handlers
  /** Own events that end the process. Whatever comes for it afterwards is ignored. Default: none. */
  readonly endedBy?: readonly EventIn<NoInfer<OwnTypes>>["type"][]
  /**
   * What follows when an aggregate refuses a command of the process. It comes after everything else that was decided on together with the command, and
   * so can cancel it. Default: the event that led to the command fails, and nothing of it takes effect.
   */
  readonly onRefused?: (
    state: NoInfer<State>,
    refused: RefusedCommand,
    context: ProcessContext,
  ) => ProcessDecisions<EventIn<NoInfer<OwnTypes>>, EventIn<NoInfer<Deadlines>>>
}

/** How a process manager runs. */
export type ProcessSettings = Omit<SubscriptionSettings, "types" | "categories" | "tags" | "query">

/** A process manager: a subscription, and pure functions that need no store to be tested. */
export interface ProcessManager<
  Name extends string = string,
  Heard extends NewEvent = NewEvent,
  Own extends NewEvent = NewEvent,
  Deadline extends NewEvent = NewEvent,
  State = unknown,
> extends SubscriptionDefinition<unknown> {
  readonly name: Name
  /** Of the streams of its processes. */
  readonly category: Category<Name, Own>
  /** The types of its deadlines: while there are some, a deadline runner must run, which a subscription manager sees to. */
  readonly deadlines: readonly Deadline["type"][]
  initial(): State
  /** The state after an own event. */
  evolve(state: State, event: Own): State
  /**
   * What it decides on in this state, when this event or deadline comes.
   *
   * @example
   * const placed = recorded(orderPlaced({ orderId: "1", productId: "2" }))
   * fulfilment.decide(fulfilment.initial(), placed) // [started({ … }), execute(…)]
   */
  decide(
    state: State,
    event: Recorded<Heard> | Recorded<Deadline>,
    context?: Partial<ProcessContext>,
  ): readonly ProcessDecision<Own, Deadline>[]
  /**
   * What it decides on in this state when a command of it is refused; `undefined`: it has no `onRefused`, and the event that led to the command fails.
   *
   * @example
   * const refused = { ...execute(stock, "2", "reserve", { quantity: 1 }), reason: "sold-out" }
   * fulfilment.decideOnRefusal({ productId: "2" }, refused) // [cancelled({ … })]
   */
  decideOnRefusal(
    state: State,
    refused: Pick<RefusedCommand, "command" | "reason"> & Partial<RefusedCommand>,
    context?: Partial<ProcessContext>,
  ): readonly ProcessDecision<Own, Deadline>[] | undefined
  /** The process that an event is about. */
  processOf(event: Recorded<Heard>): string | undefined
}
