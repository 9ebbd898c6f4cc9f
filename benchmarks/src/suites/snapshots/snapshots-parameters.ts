import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. */
export type SnapshotsParameters = {
  /** Turns of each contestant in loading. */
  readonly rounds: number
  /** Loads through a snapshot in a turn. */
  readonly loads: number
  /** Full replays in a turn of `without`. */
  readonly replays: number
  /** Events in the stream of load-10k, before its snapshot. */
  readonly mediumStream: number
  /** Events in that of load-1m and restore-1m, before its snapshot. */
  readonly largeStream: number
  /** Events after a snapshot. */
  readonly laterEvents: number
  /** Events in one append where streams are filled. */
  readonly pageEvents: number
  /** Turns of each contestant in append-overhead: many and short, so that what else the machine does hits all alike. */
  readonly appendRounds: number
  /** Turns before them that aren't counted. */
  readonly appendWarmUps: number
  /** Saves in a turn, of one event each; every hundredth takes a snapshot. */
  readonly saves: number
}

const full: SnapshotsParameters = {
  rounds: 7,
  loads: 200,
  replays: 1,
  mediumStream: 10_000,
  largeStream: 1_000_000,
  laterEvents: 100,
  pageEvents: 10_000,
  appendRounds: 100,
  appendWarmUps: 50,
  saves: 100,
}

export const snapshotsParameters: Readonly<Record<Size, SnapshotsParameters>> = {
  full,
  quick: { ...full, largeStream: 100_000, appendRounds: 80, appendWarmUps: 30 },
  tiny: {
    rounds: 1,
    loads: 2,
    replays: 1,
    mediumStream: 200,
    largeStream: 300,
    laterEvents: 20,
    pageEvents: 100,
    appendRounds: 1,
    appendWarmUps: 0,
    saves: 100,
  },
}
