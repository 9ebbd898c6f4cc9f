import type { Append, ConditionRules, Topics } from "./condition-rules.ts"
import type { Key } from "./key-set.ts"

const phases = [
  "deciding",
  "looking",
  "starting",
  "informed",
  "announced",
  "drawn",
  "keyed",
  "waiting",
  "checking",
  "checked",
  "drawing rest",
  "appended",
  "committing",
  "visible",
  "ended",
] as const

export interface Transaction {
  readonly phase: (typeof phases)[number]
  /** Which of its appends it is at. */
  readonly append: number
  /** The last value as it read it, then the bound that it announced. */
  readonly bound: number
  readonly holdsBound: boolean
  /** Keys on its first position: the one of its first append, and the one for all later ones. */
  readonly holdsKey: boolean
  readonly holdsSecondKey: boolean
  readonly positions: readonly number[]
  readonly after: number
  /** Transactions that were visible when it decided, as bits. */
  readonly known: number
}

export interface ConditionState {
  readonly sequence: number
  readonly transactions: readonly Transaction[]
}

export function initialConditionState({ transactions }: ConditionRules): ConditionState {
  return {
    sequence: 0,
    transactions: transactions.map((appends) => ({
      phase: appends.some(({ query }) => query > 0) ? "deciding" : "looking",
      append: 0,
      bound: 0,
      holdsBound: false,
      holdsKey: false,
      holdsSecondKey: false,
      positions: [],
      after: 0,
      known: 0,
    })),
  }
}

export function isVisibleTransaction({ phase, positions }: Transaction): boolean {
  return phase === "visible" || (phase === "ended" && positions.length > 0)
}

/** How many positions its earlier appends have drawn. */
export function drawnBefore(transaction: Transaction, appends: readonly Append[]): number {
  return appends.slice(0, transaction.append).reduce((sum, { events }) => sum + events.length, 0)
}

/** The first position of the append that it is at. */
export function ownPosition(transaction: Transaction, appends: readonly Append[]): number {
  return transaction.positions[drawnBefore(transaction, appends)] ?? 0
}

/** Its drawn positions, with the topics of the event at each. */
export function eventsOf(
  transaction: Transaction,
  appends: readonly Append[],
): { position: number; topics: Topics }[] {
  const topics = appends.flatMap(({ events }) => events)
  return transaction.positions.map((position, index) => ({ position, topics: topics[index] ?? 0 }))
}

/** The highest position that may be decided on. */
export function decidedUpTo(state: ConditionState, rules: ConditionRules): number {
  const highest = Math.max(
    0,
    ...state.transactions.filter(isVisibleTransaction).flatMap(({ positions }) => positions),
  )
  const bounds = state.transactions.filter(({ holdsBound }) => holdsBound).map(({ bound }) => bound - 1)
  return rules.after === "highest" ? highest : Math.min(highest, ...bounds)
}

/** Every state is told from every other one. */
export function conditionKey({ sequence, transactions }: ConditionState): Key {
  const [a = 0, b = 0, c = 0] = transactions.map(transactionKey)
  return [a, b, c, sequence]
}

function transactionKey(transaction: Transaction): number {
  const { phase, append, bound, positions, after, known } = transaction
  const [first = 0, second = 0, third = 0] = positions
  const held =
    (transaction.holdsBound ? 1 : 0) | (transaction.holdsKey ? 2 : 0) | (transaction.holdsSecondKey ? 4 : 0)
  const drawn = first | (second << 4) | (third << 8)
  return (
    phases.indexOf(phase) |
    (append << 4) |
    (held << 5) |
    (known << 8) |
    (drawn << 11) |
    (after << 23) |
    (bound << 27)
  )
}
