import type { AggregateClass, AggregateDefinition, CommandsOf, NewEvent, PayloadArgument } from "@annals/core"
import type { CommandDecision } from "./process-decision.ts"

/** An aggregate of any style. */
type AnyAggregate = AggregateDefinition<string, NewEvent, unknown, unknown> | AggregateClass<string, NewEvent>

/** The commands of an aggregate of any style, with their payloads. */
type CommandsOfAggregate<Aggregate> =
  Aggregate extends AggregateDefinition<string, infer _Event, infer _State, infer Commands>
    ? Commands
    : Aggregate extends new () => infer Root
      ? CommandsOf<Root>
      : never

/**
 * Decides on a command for an aggregate of the same store, of any style. It is executed in the unit of work of the process, once.
 *
 * @example
 * execute(stock, "product-1", "reserve", { quantity: 1 })
 */
export function execute<
  Aggregate extends AnyAggregate,
  const Command extends keyof CommandsOfAggregate<Aggregate> & string,
>(
  aggregate: Aggregate,
  id: string,
  command: Command,
  ...[payload]: PayloadArgument<CommandsOfAggregate<Aggregate>, Command>
): CommandDecision {
  return { decision: "execute", aggregate, id, command, payload }
}
