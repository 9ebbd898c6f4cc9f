import type { NewEvent, PositionedState, Projection, RecordedEvent } from "@annals/core"

/** A state, and up to where it knows the log. */
export class MemoryFold<State> {
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

  get position(): number {
    return this.#position
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Before the first event. */
  continueFrom({ state, position }: PositionedState<State>): void {
    this.#state = state
    this.#position = position
  }

  /** A batch may come again, whole or in parts. Returns how many events it hadn't folded yet. */
  add(events: readonly RecordedEvent[]): number {
    let added = 0
    for (const event of events) {
      if (event.position <= this.#position) continue
      if (this.#failure !== undefined) throw this.#failure.error
      this.#evolve(event)
      this.#position = event.position
      added++
    }
    return added
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
