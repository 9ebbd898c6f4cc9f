import type { Key } from "./key-set.ts"
import { highest, lowest, none, only, type PositionSet, upTo } from "./position-set.ts"
import type { ReadingRules } from "./reading-rules.ts"
import {
  drawnPositions,
  isVisible,
  type ReadingState,
  unbounded,
  visibleEvents,
  type Writer,
  writerPhases,
} from "./reading-state.ts"

/*
 * Two states are the same when whatever can follow on one can follow on the other. What doesn't matter:
 * - what a forward reader has passed: positions count from its checkpoint on;
 * - how wide a gap is: positions of several rolled-back draws in a row count as one;
 * - whose a visible event is, unless the order of a shared stream depends on it;
 * - which writer is which, among those that append alone and among those that share a stream.
 * A test compares the outcome with a search that takes no two states for the same.
 */

/** Where positions are once all that doesn't matter is left out. */
interface Places {
  /** By position. */
  readonly of: readonly number[]
  /** For bounds: the place of the last drawn position up to here. */
  readonly ofBound: readonly number[]
}

export function readingKey(state: ReadingState, rules: ReadingRules): Key {
  const { reader } = state
  const forward = rules.direction === "forward"
  const places = forward ? placesAfter(state, rules) : everyPlace
  const [a, b, c] = inOrder(
    state.writers.map((writer) => writerKey(writer, places)),
    rules,
  )
  const bound = reader.bound === unbounded ? unbounded : placeOf(reader.bound, places.ofBound)
  return [
    a | (moved(reader.snapshot, places) << writerBits),
    b | (moved(state.filteredOut, places) << writerBits),
    c |
      ((forward ? checkpointTrouble(state, rules) : reader.checkpoint | (((reader.start ?? -1) + 1) << 4)) <<
        writerBits),
    placeOf(state.sequence, places.of) |
      (bound << 4) |
      (reader.step << 8) |
      (moved(visibleEvents(state), places) << 10),
  ]
}

/** What tells apart states whose checkpoint went where it shouldn't have, or where it may turn out that it shouldn't. */
function checkpointTrouble(state: ReadingState, rules: ReadingRules): number {
  const { checkpoint, returned } = state.reader
  const passed = drawnPositions(state) & upTo(checkpoint) & ~returned & ~state.filteredOut
  const isWrong = passed !== none || state.sequence < checkpoint
  const mayComeAgain = rules.crashes && highest(visibleEvents(state)) < checkpoint
  return (isWrong ? 1 : 0) | (mayComeAgain ? 2 : 0)
}

const everyPlace: Places = { of: [...Array(unbounded).keys()], ofBound: [...Array(unbounded).keys()] }

function placesAfter(state: ReadingState, rules: ReadingRules): Places {
  const drawn = drawnPositions(state)
  const of = [0]
  const ofBound = [0]
  let place = 0
  let lastDrawn = 0
  for (let position = 1; position <= state.sequence + 1; position += 1) {
    const isDrawn = (drawn & only(position)) !== 0 || position > state.sequence
    const widensGap = !isDrawn && (drawn & only(position - 1)) === 0 && position > state.reader.checkpoint + 1
    if (position > state.reader.checkpoint && !widensGap) place += 1
    if (isDrawn) lastDrawn = place
    of.push(place)
    // A checkpoint that goes to the bound itself may go into a gap.
    ofBound.push(rules.checkpoint === "bound" ? place : lastDrawn)
  }
  return { of, ofBound }
}

function placeOf(position: number, places: readonly number[]): number {
  return places[position] ?? 0
}

/** The set with each position at its place; bit 0 is place 1. */
function moved(positions: PositionSet, { of }: Places): number {
  let bits = 0
  for (let rest = positions; rest !== none; rest &= ~only(lowest(rest)))
    bits |= (1 << placeOf(lowest(rest), of)) >> 1
  return bits
}

/** Writers of a shared stream come first. */
function inOrder(keys: number[], { sharingStream }: ReadingRules): [number, number, number] {
  const [a = 0, b = 0, c = 0] = keys
  if (sharingStream === 2) return a < b ? [a, b, c] : [b, a, c]
  const least = Math.min(a, b, c)
  const most = Math.max(a, b, c)
  return [least, a + b + c - least - most, most]
}

const writerBits = 22

function writerKey(writer: Writer, places: Places): number {
  const { phase, announced, turn } = writer
  const bound = phase === "informed" ? writer.lastValue : Math.max(0, announced - 1)
  const left = isVisible(writer) ? 0 : writer.left
  const drawn = isVisible(writer) && turn === 0 ? 0 : moved(writer.drawn, places)
  return (
    writerPhases.indexOf(phase) |
    (placeOf(bound, places.ofBound) << 3) |
    ((announced > 0 ? 1 : 0) << 7) |
    (left << 8) |
    (drawn << 10) |
    (turn << 20)
  )
}
