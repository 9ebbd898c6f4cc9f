import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. Types, not interfaces: they are printed field by field. */
export type PostgresParameters = {
  /** Turns of each contestant in the scenarios of appends: many and short, so that what else the machine does hits all alike. */
  readonly rounds: number
  /** Turns before them that aren't counted, until V8 has compiled what runs and each connection has its plans. */
  readonly warmUps: number
  /** Turns of each contestant in the long ones: append-1000 and read-all. */
  readonly longRounds: number
  /** Single appends in a turn. */
  readonly singleAppends: number
  /** Appends of each caller in a turn, where there are several. */
  readonly appendsPerCaller: number
  /** Appends of 1,000 events in a turn. */
  readonly largeAppends: number
  /** Events in the store of read-all. */
  readonly storeEvents: number
  /** Events in each stream, where there are many. */
  readonly eventsPerStream: number
  /** Events in the store of append-1-at-10m. */
  readonly largeStore: number
  /** Events in the one that it is compared with. */
  readonly smallStore: number
}

const full: PostgresParameters = {
  rounds: 60,
  warmUps: 20,
  longRounds: 15,
  singleAppends: 100,
  appendsPerCaller: 8,
  largeAppends: 2,
  storeEvents: 500_000,
  eventsPerStream: 100,
  largeStore: 10_000_000,
  smallStore: 100_000,
}

export const postgresParameters: Readonly<Record<Size, PostgresParameters>> = {
  full,
  quick: {
    ...full,
    rounds: 10,
    warmUps: 4,
    longRounds: 5,
    singleAppends: 50,
    appendsPerCaller: 2,
    largeAppends: 1,
    storeEvents: 20_000,
    largeStore: 1_000_000,
  },
  tiny: {
    rounds: 1,
    warmUps: 0,
    longRounds: 1,
    singleAppends: 3,
    appendsPerCaller: 2,
    largeAppends: 1,
    storeEvents: 300,
    eventsPerStream: 20,
    largeStore: 600,
    smallStore: 200,
  },
}
