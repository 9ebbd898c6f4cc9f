import { none, type PositionSet } from "./position-set.ts"
import type { ReadingRules } from "./reading-rules.ts"

export const writerPhases = [
  "idle",
  "begun",
  "informed",
  "announced",
  "drawing",
  "inserted",
  "visible",
  "ended",
] as const

export interface Writer {
  readonly phase: (typeof writerPhases)[number]
  /** The sequence's last value as this writer read it. */
  readonly lastValue: number
  /** Key of the shared lock; 0 when it isn't held. */
  readonly announced: number
  /** Positions of events that are visible or may become so. */
  readonly drawn: PositionSet
  /** Draws that are left to it. */
  readonly left: number
  /** Versions follow the order in which writers locked their stream. 0 before the lock. */
  readonly turn: number
}

export interface Reader {
  /** Steps of this pass that are done. */
  readonly step: number
  /** The highest position that may be read, by what the steps have found so far. */
  readonly bound: number
  readonly snapshot: PositionSet
  /** Forward: everything up to it is dealt with. Backward: everything from it to `start`. */
  readonly checkpoint: number
  /** Where a backward reader began, as soon as it has. */
  readonly start: number | undefined
  readonly returned: PositionSet
}

export interface ReadingState {
  readonly sequence: number
  readonly writers: readonly Writer[]
  readonly reader: Reader
  /** Events that the filter doesn't let through. */
  readonly filteredOut: PositionSet
}

/** More than any position. */
export const unbounded = 15

export function initialState(rules: ReadingRules): ReadingState {
  const left = rules.eventsPerWriter
  const writer: Writer = { phase: "begun", lastValue: 0, announced: 0, drawn: none, left, turn: 0 }
  return {
    sequence: 0,
    // Where nobody else wants its stream, it shows nowhere when a writer begins: such writers have begun.
    writers: Array.from({ length: rules.writers }, (_, index) =>
      index < rules.sharingStream ? { ...writer, phase: "idle" } : writer,
    ),
    reader: { step: 0, bound: unbounded, snapshot: none, checkpoint: 0, start: undefined, returned: none },
    filteredOut: none,
  }
}

/** Whether there is something of a writer that readers must mind: a lock, or positions that aren't visible yet. */
export function isInFlight({ announced, drawn, phase }: Writer): boolean {
  return announced > 0 || (drawn !== none && phase !== "ended")
}

export function holdsStream({ turn, phase }: Writer): boolean {
  return turn > 0 && phase !== "ended"
}

export function isVisible({ phase }: Writer): boolean {
  return phase === "visible" || phase === "ended"
}

export function visibleEvents({ writers }: ReadingState): PositionSet {
  return writers.reduce((all, writer) => (isVisible(writer) ? all | writer.drawn : all), none)
}

export function drawnPositions({ writers }: ReadingState): PositionSet {
  return writers.reduce((all, writer) => all | writer.drawn, none)
}
