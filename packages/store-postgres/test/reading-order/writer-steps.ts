import { highest, none, only } from "./position-set.ts"
import { endPass } from "./reader-steps.ts"
import type { ReadingRules } from "./reading-rules.ts"
import { holdsStream, isVisible, type ReadingState, visibleEvents, type Writer } from "./reading-state.ts"
import type { Step } from "./state-search.ts"

const names = ["A", "B", "C"]

/** What a writer can do next: nothing when it waits for its stream's lock or has ended. */
export function writerSteps(state: ReadingState, index: number, rules: ReadingRules): Step<ReadingState>[] {
  const writer = state.writers[index]
  if (writer === undefined || writer.phase === "ended") return []
  const steps: Step<ReadingState>[] = []
  const become = (what: string, change: Partial<Writer>, more: Partial<ReadingState> = {}) => {
    const writers = state.writers.with(index, { ...writer, ...change })
    steps.push({ who: names[index] ?? "", what, state: { ...state, ...more, writers } })
  }

  if (writer.phase === "idle") begin(state, index, rules, become)
  else if (writer.phase === "visible") become("lets its locks go", { phase: "ended", announced: 0 })
  else {
    become("aborts", { phase: "ended", announced: 0, drawn: none, left: 0 })
    if (mayAnnounce(writer, rules))
      become("reads the last value", { phase: "informed", lastValue: state.sequence })
    if (writer.phase === "informed") become("announces", announcement(writer, rules))
    if (mayDraw(writer, rules)) draw(state, writer, rules, become)
    if (mayInsert(writer, rules)) insert(state, index, rules, become)
    if (mayCommit(writer, rules)) commit(writer, rules, become)
    if (rules.savepoints !== "none" && writer.drawn !== none)
      become("rolls back to its savepoint", rolledBack(rules))
  }
  return steps
}

type Become = (what: string, change: Partial<Writer>, more?: Partial<ReadingState>) => void

function begin(state: ReadingState, index: number, rules: ReadingRules, become: Become): void {
  if (rules.streamLock === "after drawing") become("begins", { phase: "begun" })
  else if (streamIsFree(state, index, rules)) {
    become("begins and locks its stream", { phase: "begun", turn: nextTurn(state) })
  }
}

function mayAnnounce({ phase }: Writer, rules: ReadingRules): boolean {
  return phase === (rules.announce === "before drawing" ? "begun" : "drawing")
}

function announcement({ lastValue }: Writer, rules: ReadingRules): Partial<Writer> {
  return { phase: "announced", announced: lastValue + rules.boundAboveLastValue, lastValue: 0 }
}

function mayDraw({ phase, left }: Writer, rules: ReadingRules): boolean {
  if (left === 0) return false
  if (rules.announce === "after drawing") return phase === "begun" || phase === "drawing"
  return phase === "announced" || phase === "drawing" || phase === "inserted"
}

function draw(state: ReadingState, writer: Writer, rules: ReadingRules, become: Become): void {
  const sequence = state.sequence + 1
  const drawn = { phase: "drawing", drawn: writer.drawn | only(sequence), left: writer.left - 1 } as const
  become(`draws ${sequence}`, drawn, { sequence })
  if (!rules.filtered) return
  const filteredOut = state.filteredOut | only(sequence)
  become(`draws ${sequence} for an event that is filtered out`, drawn, { sequence, filteredOut })
}

function mayInsert({ phase }: Writer, rules: ReadingRules): boolean {
  return insertsInAStep(rules) && phase === "drawing"
}

/** A store that locks the stream late does so when it inserts, since versions are given there. */
function insertsInAStep(rules: ReadingRules): boolean {
  return rules.insertion || rules.streamLock === "after drawing"
}

function insert(state: ReadingState, index: number, rules: ReadingRules, become: Become): void {
  if (rules.streamLock === "before drawing") become("inserts", { phase: "inserted" })
  else if (streamIsFree(state, index, rules)) {
    become("locks its stream and inserts", { phase: "inserted", turn: nextTurn(state) })
  }
}

function mayCommit({ phase }: Writer, rules: ReadingRules): boolean {
  if (insertsInAStep(rules)) return phase === "inserted"
  return phase === (rules.announce === "before drawing" ? "drawing" : "announced")
}

function commit(writer: Writer, rules: ReadingRules, become: Become): void {
  if (rules.locksEnd === "after the commit") become("commits", { phase: "visible", left: 0 })
  else if (rules.locksEnd === "with the commit" || writer.announced === 0) {
    become("commits", { phase: "ended", announced: 0, left: 0 })
  } else become("lets its locks go", { announced: 0, left: 0 })
}

/** The savepoint is older than the announcement: the lock goes, and the positions become a gap. */
function rolledBack(rules: ReadingRules): Partial<Writer> {
  return { phase: rules.savepoints === "announced again" ? "begun" : "announced", announced: 0, drawn: none }
}

function streamIsFree({ writers }: ReadingState, index: number, { sharingStream }: ReadingRules): boolean {
  return index >= sharingStream || writers.slice(0, sharingStream).every((writer) => !holdsStream(writer))
}

function nextTurn({ writers }: ReadingState): number {
  return Math.max(...writers.map(({ turn }) => turn)) + 1
}

/**
 * A commit is on disk before its rows are visible, and so is everything drawn before it. Draws that nothing followed
 * may be forgotten: the sequence hands them out again.
 */
export function serverDies(state: ReadingState): Step<ReadingState> {
  const writers = state.writers.map((writer): Writer => {
    if (writer.phase === "idle" || (writer.phase === "begun" && !holdsStream(writer))) return writer
    const ended = { ...writer, phase: "ended", announced: 0, lastValue: 0, left: 0 } as const
    return isVisible(writer) ? ended : { ...ended, drawn: none }
  })
  const sequence = highest(visibleEvents(state))
  return {
    who: "the server",
    what: "dies",
    state: { ...state, sequence, writers, reader: endPass(state.reader) },
  }
}
