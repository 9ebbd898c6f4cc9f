import type { Payload } from "@annals/core"

/**
 * The form in which a state is kept. Needed where a state isn't what JSON carries (dates, maps, objects of a class), or to compress or encrypt it.
 *
 * @example
 * { save: (state) => [...state.seats], restore: (seats) => ({ seats: new Map(seats) }) }
 */
export interface StateForm<State, Saved extends Payload = Payload> {
  /** A copy, made before it returns: JSON, or bytes. */
  readonly save: (state: State) => Saved
  /** A state that its owner may change. What it throws makes the snapshot unusable. */
  readonly restore: (saved: Saved) => State
}
