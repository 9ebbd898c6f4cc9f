import { contiguousFrom, highest, lowest, none, only, type PositionSet, upTo } from "./position-set.ts"
import type { ReaderStep, ReadingRules } from "./reading-rules.ts"
import { type Reader, type ReadingState, unbounded, visibleEvents } from "./reading-state.ts"
import type { Step } from "./state-search.ts"

const who = "the reader"

export function readerSteps(state: ReadingState, rules: ReadingRules): Step<ReadingState>[] {
  if (rules.direction === "backward") {
    return state.reader.start === undefined ? stepOfPass(state, rules) : pagesBack(state)
  }
  const betweenPasses = state.reader.step === 0
  return betweenPasses && rules.contiguousShortcut
    ? [...stepOfPass(state, rules), ...contiguousPages(state)]
    : stepOfPass(state, rules)
}

/** The next step of the reader's pass. The last one brings its page, which a limit may cut short after any event. */
export function stepOfPass(state: ReadingState, rules: ReadingRules): Step<ReadingState>[] {
  const kind = rules.readerSteps[state.reader.step]
  if (kind === undefined) return []
  const reader = { ...look(state, kind), step: state.reader.step + 1 }
  const isLast = reader.step === rules.readerSteps.length
  const ends = !isLast
    ? [reader]
    : rules.direction === "forward"
      ? pages(state, reader, rules)
      : [startBack(reader)]
  return ends.map((end) => ({ who, what: `reads ${kind}`, state: { ...state, reader: end } }))
}

export function endPass(reader: Reader): Reader {
  return { ...reader, step: 0, bound: unbounded, snapshot: none }
}

function look(state: ReadingState, kind: ReaderStep): Reader {
  const { reader } = state
  switch (kind) {
    case "the events":
      return { ...reader, snapshot: visibleEvents(state) }
    case "the last value":
      return stopAt(state.sequence, reader)
    case "the highest position":
      return stopAt(highest(visibleEvents(state)), reader)
    case "the locks":
      return stopAt(lowestAnnounced(state) - 1, reader)
  }
}

function stopAt(position: number, reader: Reader): Reader {
  return { ...reader, bound: Math.max(Math.min(reader.bound, position), reader.checkpoint) }
}

function lowestAnnounced({ writers }: ReadingState): number {
  return writers.reduce(
    (least, { announced }) => (announced > 0 ? Math.min(least, announced) : least),
    unbounded + 1,
  )
}

function pages(state: ReadingState, reader: Reader, rules: ReadingRules): Reader[] {
  const found = reader.snapshot & upTo(reader.bound) & ~upTo(reader.checkpoint)
  const end = rules.checkpoint === "bound" ? reader.bound : Math.max(reader.checkpoint, highest(found))
  return [...cutPages(state, found), take(state, found, end)]
}

/** Whatever is visible without a gap: nothing in flight can lie between. */
function contiguousPages(state: ReadingState): Step<ReadingState>[] {
  const found = contiguousFrom(state.reader.checkpoint, visibleEvents(state))
  return cutPages(state, found).map((reader) => ({
    who,
    what: "takes a contiguous page",
    state: { ...state, reader },
  }))
}

/** The pages that end at an event, for each of the events. */
function cutPages(state: ReadingState, found: PositionSet): Reader[] {
  const cut: Reader[] = []
  for (let rest = found; rest !== none; rest &= ~only(lowest(rest))) {
    cut.push(take(state, found & upTo(lowest(rest)), lowest(rest)))
  }
  return cut
}

function take({ reader, filteredOut }: ReadingState, page: PositionSet, checkpoint: number): Reader {
  return { ...endPass(reader), checkpoint, returned: reader.returned | (page & ~filteredOut) }
}

/** A backward reader goes through the steps once, and then back from their bound. */
function startBack(reader: Reader): Reader {
  return { ...endPass(reader), start: reader.bound, checkpoint: reader.bound + 1 }
}

/** Each page back is a statement, with a snapshot of its own. */
function pagesBack(state: ReadingState): Step<ReadingState>[] {
  const { checkpoint } = state.reader
  if (checkpoint <= 1) return []
  const found = visibleEvents(state) & upTo(checkpoint - 1)
  const ends = [take(state, found, 1)]
  for (let rest = found; rest !== none; rest &= ~only(highest(rest))) {
    ends.push(take(state, found & ~upTo(highest(rest) - 1), highest(rest)))
  }
  return ends.map((reader) => ({ who, what: "takes a page back", state: { ...state, reader } }))
}
