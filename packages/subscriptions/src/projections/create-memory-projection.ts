import {
  createMemoryStore,
  type EventStore,
  type EventType,
  type NewEvent,
  type Projection,
  type RecordedEvent,
} from "@annals/core"
import { createSubscription } from "../subscription/create-subscription.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { MemoryProjection, MemoryProjectionOptions } from "./memory-projection.ts"
import { runBeside } from "./run-beside.ts"

/**
 * Keeps the state of a projection in this process: it is folded from the beginning of the log when it is started for the first time, and then follows it.
 * Each process has its own. For states that fit into memory, and logs that are read through soon enough.
 *
 * A handler that throws ends it: what it had changed by then can't be taken back. It can be given to a manager as one of its `runners`.
 *
 * @example
 * await using running = createMemoryProjection(store, totals)
 * await running.start()
 * await running.waitFor(await store.head())
 * console.log(running.state.cents)
 */
export function createMemoryProjection<Event extends NewEvent, State, Tx>(
  store: EventStore<Tx>,
  projection: Projection<string, Event, State>,
  options: MemoryProjectionOptions = {},
): MemoryProjection<State> {
  const { name, types, events } = projection
  const fold = new Fold<State>(projection as unknown as Projection<string, NewEvent, State>)
  const definition = createDefinition<Tx, readonly EventType<string>[]>("projection", name, {
    ...options,
    events: events.types,
    types,
    // Trying again would fold an event into a state that it has half changed.
    retry: { isPermanent: () => true },
    handleBatch: (batch) => fold.add(batch),
  })
  // Where it is, and that it has all slots, is of this process as well.
  const { checkpoints, leases, deadLetters } = createMemoryStore({ clock: store.clock })
  const own: EventStore<Tx> = { ...store, checkpoints, leases, deadLetters }
  return runBeside(createSubscription(own, definition, options), {
    get state() {
      return fold.state
    },
  })
}

/** A state, and up to where it knows the log. */
class Fold<State> {
  readonly #projection: Projection<string, NewEvent, State>
  #state: State
  #position = 0
  #failure: { readonly error: unknown } | undefined

  constructor(projection: Projection<string, NewEvent, State>) {
    this.#projection = projection
    this.#state = projection.initial()
  }

  get state(): State {
    return this.#state
  }

  /** A batch may come again, whole or in parts. */
  add(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position <= this.#position) continue
      if (this.#failure !== undefined) throw this.#failure.error
      this.#evolve(event)
      this.#position = event.position
    }
  }

  #evolve(event: RecordedEvent): void {
    try {
      this.#state = this.#projection.evolve(this.#state, event)
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }
}
