import { highest, lowest, none, type PositionSet, upTo } from "./position-set.ts"
import { readerSteps, stepOfPass } from "./reader-steps.ts"
import { readingKey } from "./reading-key.ts"
import type { ReadingRules } from "./reading-rules.ts"
import {
  drawnPositions,
  initialState,
  isInFlight,
  type ReadingState,
  visibleEvents,
} from "./reading-state.ts"
import type { Machine, Step } from "./state-search.ts"
import { serverDies, writerSteps } from "./writer-steps.ts"

export function readingMachine(rules: ReadingRules): Machine<ReadingState> {
  return {
    initial: initialState(rules),
    key: (state) => readingKey(state, rules),
    steps: (state) => stepsFrom(state, rules),
    fault: (state) => faultIn(state, rules),
  }
}

function stepsFrom(state: ReadingState, rules: ReadingRules): Step<ReadingState>[] {
  const steps = readerSteps(state, rules)
  for (let index = 0; index < state.writers.length; index += 1)
    steps.push(...writerSteps(state, index, rules))
  if (rules.crashes && dyingShows(state)) steps.push(serverDies(state))
  return steps
}

function dyingShows(state: ReadingState): boolean {
  return state.writers.some(isInFlight) || state.sequence > highest(visibleEvents(state))
}

function faultIn(state: ReadingState, rules: ReadingRules): string | undefined {
  const skipped = skippedEvents(state, rules)
  if (skipped !== none) return "an event is skipped"
  if (!streamsAreInOrder(state, rules)) return "the versions of a stream are out of order"
  const isQuiet = !state.writers.some(isInFlight)
  return isQuiet && rules.direction === "forward" ? heldBack(state, rules) : undefined
}

/**
 * What the reader has passed and not returned. Positions in flight count, too: whatever a writer has drawn it can
 * commit, whatever the others do.
 */
function skippedEvents(state: ReadingState, rules: ReadingRules): PositionSet {
  const { checkpoint, start, returned } = state.reader
  const passed = rules.direction === "forward" ? upTo(checkpoint) : upTo(start ?? 0) & ~upTo(checkpoint - 1)
  return drawnPositions(state) & passed & ~returned & ~state.filteredOut
}

/** Who locked the stream first has its lower versions, and must have its lower positions. */
function streamsAreInOrder({ writers }: ReadingState, { sharingStream }: ReadingRules): boolean {
  const appended = writers.slice(0, sharingStream).filter(({ turn, drawn }) => turn > 0 && drawn !== none)
  return appended.every((one) =>
    appended.every((other) => one.turn >= other.turn || highest(one.drawn) < lowest(other.drawn)),
  )
}

/** With nothing in flight, one pass after the one under way comes to the last event, whatever gaps are before it. */
function heldBack(state: ReadingState, rules: ReadingRules): string | undefined {
  const at = passAlone(passAlone(state, rules), rules)
  if (skippedEvents(at, rules) !== none) return "an event is skipped"
  const missing = visibleEvents(at) & ~at.reader.returned & ~at.filteredOut
  return missing === none ? undefined : "an event is never reached"
}

function passAlone(state: ReadingState, rules: ReadingRules): ReadingState {
  let at = state
  do at = stepOfPass(at, rules).at(-1)?.state ?? at
  while (at.reader.step > 0)
  return at
}
