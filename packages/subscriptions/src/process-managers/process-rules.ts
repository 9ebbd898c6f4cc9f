import {
  AnnalsError,
  type Category,
  defineCategory,
  type EventType,
  type NewEvent,
  type RecordedEvent,
  sourceHandled,
} from "@annals/core"
import { checkFunction } from "../options/check-function.ts"
import { checkHandlers } from "../options/check-handlers.ts"
import { checkTypes } from "../options/check-types.ts"
import { invalidOption } from "../options/invalid-option.ts"
import type { ProcessDecision, ProcessDecisions } from "./process-decision.ts"
import type { ProcessContext, ProcessManagerOptions, RefusedCommand } from "./process-manager.ts"

/** A process manager as it is run. The compiler has checked each handler against its own event; here they are found by name. */
export interface ProcessRules {
  readonly name: string
  readonly category: Category
  /** Of the deadlines that are over. */
  readonly deadlines: Category
  initial(): unknown
  evolve(state: unknown, event: NewEvent): unknown
  decide(state: unknown, event: RecordedEvent, context: ProcessContext): readonly AnyDecision[]
  processOf(event: RecordedEvent): string | undefined
  isEndedBy(event: NewEvent): boolean
  readonly onRefused:
    | ((state: unknown, refused: RefusedCommand, context: ProcessContext) => readonly AnyDecision[])
    | undefined
}

type AnyDecision = ProcessDecision<NewEvent, NewEvent>
type AnyDecisions = ProcessDecisions<NewEvent, NewEvent>
type AnyTypes = readonly EventType<string>[]
type Handlers<Handler> = Readonly<Record<string, Handler>>
type Correlating = (event: RecordedEvent) => string | undefined

/** The options of a process manager, without types. */
export interface UncheckedOptions
  extends Omit<
    ProcessManagerOptions<AnyTypes, AnyTypes, AnyTypes, unknown, unknown, unknown>,
    "correlate" | "evolve" | "on" | "onRefused" | "endedBy"
  > {
  readonly correlate: Correlating | Handlers<Correlating>
  readonly evolve: Handlers<(state: unknown, event: NewEvent) => unknown>
  readonly on: Handlers<(state: unknown, event: RecordedEvent, context: ProcessContext) => AnyDecisions>
  readonly endedBy?: readonly string[]
  readonly onRefused?: (state: unknown, refused: RefusedCommand, context: ProcessContext) => AnyDecisions
}

export function processRules(name: string, options: UncheckedOptions): ProcessRules {
  const { correlate, endedBy = [], onRefused } = options
  const listensTo = checkTypes(options.listensTo, "listensTo")
  const events = checkTypes(options.events, "events")
  const deadlines = checkTypes(options.deadlines ?? [], "deadlines")
  checkDistinct(listensTo, deadlines)
  const evolve = handlersFor(events, options.evolve, "evolve")
  const on = handlersFor([...listensTo, ...deadlines], options.on, "on")
  const correlateOne =
    typeof correlate === "function" ? undefined : handlersFor(listensTo, correlate, "correlate")
  if (!Array.isArray(endedBy)) throw invalidOption("endedBy", "must be an array")
  if (onRefused !== undefined) checkFunction(onRefused, "onRefused")
  for (const type of endedBy) {
    if (!evolve.has(type)) throw invalidOption("endedBy", `has "${type}", which isn't among its events`)
  }
  return {
    name,
    category: defineCategory(name, events),
    deadlines: defineCategory(`${name}.deadlines`, deadlines),
    initial: checkFunction(options.initial, "initial"),
    evolve: (state, event) => (sourceHandled.is(event) ? state : handlerOf(evolve, event)(state, event)),
    decide: (state, event, context) => listOf(handlerOf(on, event)(state, event, context)),
    processOf: (event) =>
      typeof correlate === "function" ? correlate(event) : correlateOne?.get(event.type)?.(event),
    isEndedBy: ({ type }) => endedBy.includes(type),
    onRefused: onRefused && ((state, refused, context) => listOf(onRefused(state, refused, context))),
  }
}

function listOf(decisions: AnyDecisions): readonly AnyDecision[] {
  if (decisions === undefined) return []
  return Array.isArray(decisions) ? decisions : [decisions as AnyDecision]
}

function handlersFor<Handler>(types: AnyTypes, given: Handlers<Handler>, path: string) {
  const handlers = checkHandlers<Handler>(given, path)
  const missing = types.find(({ type }) => !handlers.has(type))
  if (missing !== undefined) throw invalidOption(path, `has no function for "${missing.type}"`)
  const foreign = [...handlers.keys()].find((name) => !types.some(({ type }) => type === name))
  if (foreign !== undefined)
    throw invalidOption(path, `has "${foreign}", which isn't among the types of event`)
  return handlers
}

function handlerOf<Handler>(handlers: ReadonlyMap<string, Handler>, { type }: NewEvent): Handler {
  const handler = handlers.get(type)
  if (handler === undefined) throw new AnnalsError("UNHANDLED_EVENT", `there is no handler for "${type}"`)
  return handler
}

/** A deadline is told from an event of somebody else's by its type as well. */
function checkDistinct(listensTo: AnyTypes, deadlines: AnyTypes): void {
  const both = deadlines.find(({ type }) => listensTo.some((heard) => heard.type === type))
  if (both !== undefined) throw invalidOption("deadlines", `has "${both.type}", which is listened to as well`)
}
