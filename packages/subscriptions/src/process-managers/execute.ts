import type { AggregateClass, AggregateDefinition, CommandsOf, NewEvent } from "@annals/core"
import type { CommandDecision } from "./process-decision.ts"

type Payload<Commands, Command extends keyof Commands> = undefined extends Commands[Command]
  ? [payload?: Commands[Command]]
  : [payload: Commands[Command]]

/**
 * Decides on a command for an aggregate of the same store, of any style. It is executed in the unit of work of the process, once.
 *
 * @example
 * execute(stock, "product-1", "reserve", { quantity: 1 })
 */
export function execute<
  Event extends NewEvent,
  State,
  Commands,
  const Command extends keyof Commands & string,
>(
  aggregate: AggregateDefinition<string, Event, State, Commands>,
  id: string,
  command: Command,
  ...payload: Payload<Commands, Command>
): CommandDecision
export function execute<
  Event extends NewEvent,
  Root extends object,
  const Command extends keyof CommandsOf<Root> & string,
>(
  aggregate: AggregateClass<string, Event> & (new () => Root),
  id: string,
  command: Command,
  ...payload: Payload<CommandsOf<Root>, Command>
): CommandDecision
export function execute(aggregate: object, id: string, command: string, payload?: unknown): CommandDecision {
  return { decision: "execute", aggregate, id, command, payload }
}
