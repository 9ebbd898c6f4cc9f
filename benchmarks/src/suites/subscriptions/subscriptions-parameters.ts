import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. Types, not interfaces: they are printed field by field. */
export type SubscriptionsParameters = {
  /** Turns of each contestant, but for latencies. */
  readonly rounds: number
  /** Events in the SQLite file of catch-up-sqlite. */
  readonly fileEvents: number
  /** Events in the stores of catch-up-postgres, catch-up-transaction and ten-projections. */
  readonly storeEvents: number
  /** How many of them emmett handles in a turn: it stores a checkpoint for each. */
  readonly emmettEvents: number
  /** Events in the store of instances-1, -2 and -4. */
  readonly sharedEvents: number
  /** Events in each stream. */
  readonly eventsPerStream: number
  /** Turns of each contestant in the scenarios of latency. */
  readonly latencyRounds: number
  /** How long events come in such a turn. */
  readonly latencySeconds: number
}

const full: SubscriptionsParameters = {
  rounds: 7,
  fileEvents: 500_000,
  storeEvents: 200_000,
  emmettEvents: 5_000,
  sharedEvents: 10_000,
  eventsPerStream: 100,
  latencyRounds: 5,
  latencySeconds: 10,
}

export const subscriptionsParameters: Readonly<Record<Size, SubscriptionsParameters>> = {
  full,
  quick: {
    ...full,
    rounds: 2,
    fileEvents: 100_000,
    storeEvents: 20_000,
    emmettEvents: 500,
    sharedEvents: 2_000,
    latencyRounds: 1,
    latencySeconds: 2,
  },
  tiny: {
    rounds: 1,
    fileEvents: 300,
    storeEvents: 300,
    emmettEvents: 40,
    sharedEvents: 300,
    eventsPerStream: 20,
    latencyRounds: 1,
    latencySeconds: 0.1,
  },
}
