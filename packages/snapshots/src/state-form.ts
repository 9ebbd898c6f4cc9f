import type { Payload } from "@annals/core"

/**
 * The form in which a state is kept. Needed where a state isn't what JSON carries (dates, maps, objects of a class), or to compress or encrypt it.
 *
 * @example
 * const form = {
 *   save: (state: { seats: Map<string, string> }) => [...state.seats],
 *   restore: (seats: [string, string][]) => ({ seats: new Map(seats) }),
 * }
 */
export interface StateForm<State, Saved = Payload> {
  /** What JSON carries exactly, or bytes; it is copied before anything is waited for. */
  save(state: State): Saved
  /** A state that its owner may change. What it throws makes the snapshot unusable. */
  restore(saved: Restorable<Saved>): State
}

/** Bytes come back as a `Uint8Array`, also where `save` returned a `Buffer`, whose methods that hasn't. */
export type Restorable<Saved> = Saved extends Uint8Array ? Uint8Array : Saved
