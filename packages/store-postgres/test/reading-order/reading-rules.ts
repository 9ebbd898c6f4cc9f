/*
 * The reading order as a machine: writers that draw positions and commit in any order, and one reader of the log.
 * Readers change nothing that writers look at. So one reader stands for any number of them, and no writer can wait for
 * one.
 *
 * A writer is one transaction:
 *   idle → begun (holds its stream's lock)
 *        → informed (has read the sequence's last value, v)
 *        → announced (holds the shared lock v + 1; others may have drawn since it read v)
 *        → drawing (one position after the other) → inserted → drawing again, or
 *        → visible (committed, still holds its locks) → ended
 * It may abort at each step before `visible`. A rollback to a savepoint that is older than the announcement leads back to
 * `begun`.
 *
 * The reader takes a contiguous page, which needs no check, or goes through its steps one by one.
 */

export type ReaderStep =
  /** The highest visible position: nothing above it is read. */
  | "the highest position"
  /** The sequence's last value, instead of it. */
  | "the last value"
  /** The lowest announced bound: the reader stops before it. */
  | "the locks"
  /** A snapshot of the events. */
  | "the events"

/** What the store does, or what a broken one would do. */
export interface ReadingRules {
  /** At most 3. */
  readonly writers: number
  /** At most 3. */
  readonly eventsPerWriter: number
  /** So many of the writers, the first ones, append to one stream, the others to a stream of their own. */
  readonly sharingStream: 0 | 2 | 3
  readonly readerSteps: readonly ReaderStep[]
  /** Whether the reader takes events that follow its checkpoint without a gap as they are. */
  readonly contiguousShortcut: boolean
  /** Where the steps lead the checkpoint: to the bound, or to the last visible event below it. */
  readonly checkpoint: "last event" | "bound"
  readonly direction: "forward" | "backward"
  /** Any event may be one that the reader's filter doesn't let through. */
  readonly filtered: boolean
  readonly announce: "before drawing" | "after drawing"
  /** What is added to the sequence's last value to make the announced bound. */
  readonly boundAboveLastValue: number
  readonly streamLock: "before drawing" | "after drawing"
  /** PostgreSQL shows the rows, and a moment later it lets the locks go. */
  readonly locksEnd: "with the commit" | "after the commit" | "before the commit"
  /** Whether transactions roll back to savepoints, and then know that this undid their announcement. */
  readonly savepoints: "none" | "announced again" | "announcement taken for granted"
  /** The server may die: what is in flight is gone, and with it the draws that nothing had flushed to disk. */
  readonly crashes: boolean
  /** Whether to insert is a step of its own. It shows nothing to others, so it only makes more states. */
  readonly insertion: boolean
}

/** The store's own rules, for one writer with one event: tests say how many they want. */
export const storeRules: ReadingRules = {
  writers: 1,
  eventsPerWriter: 1,
  sharingStream: 0,
  readerSteps: ["the highest position", "the locks", "the events"],
  contiguousShortcut: true,
  checkpoint: "bound",
  direction: "forward",
  filtered: false,
  announce: "before drawing",
  boundAboveLastValue: 1,
  streamLock: "before drawing",
  locksEnd: "after the commit",
  savepoints: "none",
  crashes: false,
  insertion: false,
}
