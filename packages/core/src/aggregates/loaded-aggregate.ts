import { type CommandContext, type PayloadArguments, standaloneContext } from "../deciders/command.ts"
import { commandRefused } from "../deciders/command-refused.ts"
import type { Refusal } from "../deciders/refusal.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventHandler } from "./behaviour.ts"
import { Tracked, trackingOf } from "./tracking.ts"

/** An aggregate as a repository hands it out, where it isn't an object of a class of its own. */
export interface LoadedAggregate<State = unknown, Commands = unknown> extends Tracked {
  readonly id: string
  /** With the events of the commands executed on it, saved or not. */
  readonly state: State
  /** Of the newest recorded event in it; 0 = nothing is recorded. */
  readonly version: number
  /**
   * Has a command decide on this state, in memory: its events are recorded by saving the aggregate. Throws `COMMAND_REFUSED`,
   * `UNKNOWN_COMMAND`.
   */
  execute<const Name extends keyof Commands & string>(
    command: Name,
    ...payload: PayloadArguments<Commands, Name, Partial<CommandContext>>
  ): void
}

/** What an aggregate without a class of its own does in memory. */
export interface Commanded<State> {
  handlerOf(type: string): EventHandler<State> | undefined
  run(
    root: AggregateRoot<State>,
    command: string,
    payload: unknown,
    context: CommandContext,
  ): Refusal | undefined
}

/** Makes {@link LoadedAggregate}s true. */
export class AggregateRoot<State> extends Tracked {
  readonly id: string
  version: number
  state: State
  readonly #behaviour: Commanded<State>

  constructor(behaviour: Commanded<State>, state: State, id: string, version: number) {
    super()
    this.#behaviour = behaviour
    this.id = id
    this.version = version
    this.state = state
  }

  execute(command: string, payload?: unknown, given: Partial<CommandContext> = {}): void {
    const { stream, clock } = trackingOf(this)
    const context = {
      ...standaloneContext,
      id: this.id,
      version: this.version,
      now: clock?.now() ?? 0,
      ...given,
    }
    const refusal = this.#behaviour.run(this, command, payload, context)
    if (refusal !== undefined) throw commandRefused(refusal, command, stream)
  }

  /** Applies an event, and keeps it for saving. */
  raise(event: NewEvent): void {
    const tracking = trackingOf(this)
    const handler = this.#behaviour.handlerOf(event.type)
    if (handler === undefined) tracking.onUnhandled(event)
    else this.state = handler(this.state, event)
    tracking.events.push(event)
  }
}
