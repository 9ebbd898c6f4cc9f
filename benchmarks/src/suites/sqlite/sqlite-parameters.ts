import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. Types, not interfaces: they are printed field by field. */
export type SqliteParameters = {
  /** Turns of each contestant in the scenarios of single appends: many and short, so that what else the machine does hits all alike. */
  readonly rounds: number
  /** Turns before them that aren't counted: some thousand calls, until V8 has compiled what runs. */
  readonly warmUps: number
  /** Turns of each contestant in the long ones: append-bulk, load-1m, read-all. */
  readonly longRounds: number
  /** Single appends in a turn. */
  readonly singleAppends: number
  /** Callers at a time, for append-1-x50. */
  readonly callers: number
  /** Events in one append, for append-bulk and for filling files. */
  readonly pageEvents: number
  /** Events in append-bulk and bytes-per-event. */
  readonly bulkEvents: number
  /** Events in the stream of load-1m. */
  readonly streamEvents: number
  /** Events in the store of read-all. */
  readonly storeEvents: number
  /** Events in each stream, where there are many. */
  readonly eventsPerStream: number
  /** Events in the store of append-1-at-10m. */
  readonly largeStore: number
  /** Events in the one that it is compared with. */
  readonly smallStore: number
}

const full: SqliteParameters = {
  rounds: 80,
  warmUps: 60,
  longRounds: 3,
  singleAppends: 100,
  callers: 50,
  pageEvents: 10_000,
  bulkEvents: 1_000_000,
  streamEvents: 1_000_000,
  storeEvents: 1_000_000,
  eventsPerStream: 100,
  largeStore: 10_000_000,
  smallStore: 100_000,
}

export const sqliteParameters: Readonly<Record<Size, SqliteParameters>> = {
  full,
  quick: {
    ...full,
    rounds: 40,
    warmUps: 40,
    bulkEvents: 100_000,
    streamEvents: 100_000,
    storeEvents: 100_000,
    largeStore: 1_000_000,
  },
  tiny: {
    rounds: 1,
    warmUps: 0,
    longRounds: 1,
    singleAppends: 4,
    callers: 4,
    pageEvents: 100,
    bulkEvents: 300,
    streamEvents: 300,
    storeEvents: 300,
    eventsPerStream: 20,
    largeStore: 600,
    smallStore: 200,
  },
}
