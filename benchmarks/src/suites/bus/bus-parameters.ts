/** How much each scenario does. Types, not interfaces: they are printed field by field. */
export type BusParameters = {
  /** Turns of each contestant. */
  readonly rounds: number
  /** Calls in a turn of publish-1. */
  readonly singles: number
  /** Calls in a turn of publish-100. */
  readonly hundreds: number
  /** Events in a turn of consume-1 and consume-4. */
  readonly consumed: number
  /** Events in a turn of round-trip, one after the other. */
  readonly roundTrips: number
  /** How many streams the events are of. */
  readonly streams: number
}
