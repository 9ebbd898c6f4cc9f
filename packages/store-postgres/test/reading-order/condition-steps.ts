import type { Append, ConditionRules } from "./condition-rules.ts"
import {
  type ConditionState,
  decidedUpTo,
  drawnBefore,
  eventsOf,
  isVisibleTransaction,
  ownPosition,
  type Transaction,
} from "./condition-state.ts"
import type { Step } from "./state-search.ts"

const names = ["A", "B", "C"]

/** What one transaction can do next: nothing while it waits, or when it has ended. */
export function transactionSteps(
  state: ConditionState,
  index: number,
  rules: ConditionRules,
): Step<ConditionState>[] {
  const transaction = state.transactions[index]
  const appends = rules.transactions[index]
  const append = transaction === undefined ? undefined : appends?.[transaction.append]
  if (transaction === undefined || appends === undefined || append === undefined) return []
  const steps: Step<ConditionState>[] = []
  const become: Become = (what, change, sequence = state.sequence) => {
    const transactions = state.transactions.with(index, { ...transaction, ...change })
    steps.push({ who: names[index] ?? "", what, state: { sequence, transactions } })
  }
  actions[transaction.phase]({ state, index, rules, transaction, appends, append, become })
  const mayAbort =
    transaction.positions.length > 0 && transaction.phase !== "waiting" && !isVisibleTransaction(transaction)
  if (mayAbort) become("aborts", aborted)
  return steps
}

type Become = (what: string, change: Partial<Transaction>, sequence?: number) => void

interface Turn {
  readonly state: ConditionState
  readonly index: number
  readonly rules: ConditionRules
  readonly transaction: Transaction
  readonly appends: readonly Append[]
  /** The one that it is at. */
  readonly append: Append
  readonly become: Become
}

const noLocks = { holdsBound: false, holdsKey: false, holdsSecondKey: false, bound: 0 } as const
const aborted = { phase: "ended", positions: [], after: 0, known: 0, ...noLocks } as const

/** What each phase does next. */
const actions: Record<Transaction["phase"], (turn: Turn) => void> = {
  deciding: decide,
  looking: look,
  starting: start,
  informed: ({ transaction, become }) => {
    become("announces", { phase: "announced", bound: transaction.bound + 1, holdsBound: true })
  },
  announced: (turn) => {
    draw(turn, "drawn")
  },
  drawn: ({ become }) => {
    become("locks its key", { phase: "keyed", holdsKey: true })
  },
  keyed: goOnWithPosition,
  waiting: wait,
  checking: check,
  checked: (turn) => {
    if (turn.rules.check === "after waiting") rest(turn)
    else turn.become("starts to wait", { phase: "waiting" })
  },
  "drawing rest": rest,
  appended: endAppend,
  committing: ({ become }) => {
    become("commits", { phase: "ended" })
  },
  visible: ({ become }) => {
    become("lets its locks go", { phase: "ended", ...noLocks })
  },
  ended: () => {},
}

function look(turn: Turn): void {
  if (turn.append.query > 0 && seesMatch(turn)) turn.become("is refused before it draws", aborted)
  else turn.become("starts to append", { phase: "starting" })
}

function decide({ state, rules, become }: Turn): void {
  const after = decidedUpTo(state, rules)
  const known = state.transactions.reduce(
    (bits, other, at) => (isVisibleTransaction(other) ? bits | (1 << at) : bits),
    0,
  )
  become(`decides on what is there up to ${after}`, { phase: "looking", after, known })
}

function start(turn: Turn): void {
  const { state, rules, transaction, become } = turn
  if (transaction.append === 0) become("reads the last value", { phase: "informed", bound: state.sequence })
  else if (rules.secondKey && !transaction.holdsSecondKey)
    become("locks its second key", { holdsSecondKey: true })
  else draw(turn, "keyed")
}

function draw({ state, transaction, become }: Turn, phase: Transaction["phase"]): void {
  const position = state.sequence + 1
  become(`draws ${position}`, { phase, positions: [...transaction.positions, position] }, position)
}

function goOnWithPosition(turn: Turn): void {
  const { rules, append, become } = turn
  if (rules.drawsRest === "before waiting" && !isAllDrawn(turn)) draw(turn, "keyed")
  else if (append.query === 0) rest(turn)
  else if (rules.check === "before waiting") become("starts to check", { phase: "checking" })
  else become("starts to wait", { phase: "waiting" })
}

function wait(turn: Turn): void {
  const { rules, become } = turn
  const next = rules.check === "before waiting" ? "drawing rest" : "checking"
  if (rules.contiguousShortcut && isNextToAfter(turn))
    become("has nothing to check", { phase: "drawing rest" })
  else if (rules.contiguousShortcut && isContiguous(turn))
    become("finds all positions visible", { phase: next })
  else if (!isBlocked(turn)) become("finds nothing to wait for", { phase: next })
}

/** With nothing between `after` and its own position, whatever else there is comes after it. */
function isNextToAfter({ transaction, appends }: Turn): boolean {
  return ownPosition(transaction, appends) === transaction.after + 1
}

/** Whether every position between `after` and its own is visible. Its own earlier events are. */
function isContiguous({ state, index, transaction, appends }: Turn): boolean {
  const own = ownPosition(transaction, appends)
  const between = state.transactions
    .filter((other, at) => at === index || isVisibleTransaction(other))
    .flatMap(({ positions }) => positions)
    .filter((position) => position > transaction.after && position < own)
  return between.length === own - 1 - transaction.after
}

function isBlocked({ state, index, rules, transaction, appends, append }: Turn): boolean {
  const own = ownPosition(transaction, appends)
  return state.transactions.some((other, at) => {
    if (at === index) return false
    const isBoundBelow = other.holdsBound && other.bound <= own
    if (rules.waitsFor === "bounds") return isBoundBelow
    if (rules.waitsFor === "keys and unsettled bounds" && isBoundBelow && !other.holdsKey) return true
    return (
      other.holdsKey && (other.positions[0] ?? 0) < own && mayMatch(other, rules.transactions[at], append)
    )
  })
}

function mayMatch(other: Transaction, appends: readonly Append[] = [], { query }: Append): boolean {
  const { events = [], collisions = 0 } = appends[0] ?? {}
  const marks = events.reduce((all, topics) => all | topics, collisions)
  return other.holdsSecondKey || (marks & query) !== 0
}

function check(turn: Turn): void {
  const { become } = turn
  if (seesMatch(turn)) become("is refused", aborted)
  else become("sees no match", { phase: "checked" })
}

function seesMatch({ state, index, rules, transaction, appends, append }: Turn): boolean {
  const end =
    rules.checkedUpTo === "own position" ? ownPosition(transaction, appends) : Number.POSITIVE_INFINITY
  const isMatch = ({ position, topics }: { position: number; topics: number }) =>
    position > transaction.after && position < end && (topics & append.query) !== 0
  return state.transactions.some((other, at) => {
    const events = eventsOf(other, rules.transactions[at] ?? [])
    const inserted = at === index ? events.slice(0, drawnBefore(transaction, appends)) : events
    return (at === index || isVisibleTransaction(other)) && inserted.some(isMatch)
  })
}

function rest(turn: Turn): void {
  if (isAllDrawn(turn)) turn.become("inserts", { phase: "appended" })
  else draw(turn, "drawing rest")
}

function isAllDrawn({ transaction, appends, append }: Turn): boolean {
  return transaction.positions.length === drawnBefore(transaction, appends) + append.events.length
}

function endAppend({ rules, transaction, appends, become }: Turn): void {
  const next = transaction.append + 1
  if (next < appends.length) become("appends again", { phase: "looking", append: next })
  else if (rules.locksEnd === "after the commit") become("commits", { phase: "visible" })
  else become("lets its locks go", { phase: "committing", ...noLocks })
}
