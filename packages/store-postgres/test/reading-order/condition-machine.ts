import type { ConditionRules } from "./condition-rules.ts"
import {
  type ConditionState,
  conditionKey,
  eventsOf,
  initialConditionState,
  isVisibleTransaction,
  ownPosition,
} from "./condition-state.ts"
import { transactionSteps } from "./condition-steps.ts"
import type { Machine } from "./state-search.ts"

export function conditionMachine(rules: ConditionRules): Machine<ConditionState> {
  return {
    initial: initialConditionState(rules),
    key: conditionKey,
    steps: (state) => state.transactions.flatMap((_, index) => transactionSteps(state, index, rules)),
    fault: (state, next) => deadlockIn(state, next.length, rules) ?? oversightIn(state, rules),
  }
}

/** Nobody can go on, and not all have ended: it matters whether one of them waits in a second append. */
function deadlockIn(
  { transactions }: ConditionState,
  steps: number,
  rules: ConditionRules,
): string | undefined {
  if (steps > 0 || transactions.every(({ phase }) => phase === "ended")) return undefined
  const waitsInSecond = transactions.some(({ phase, append }) => phase === "waiting" && append > 0)
  if (!waitsInSecond) return "single appends deadlock"
  return rules.deadlocks === "allowed in later appends" ? undefined : "a later append deadlocks"
}

function oversightIn(state: ConditionState, rules: ConditionRules): string | undefined {
  const all = state.transactions.map((_, index) => index)
  for (const one of all) {
    for (const other of all) {
      const missed = missedPositions(state, rules, one, other)
      if (missed.length === 0) continue
      if (missed.some((position) => position < conditionalPosition(state, rules, one)))
        return "a match was overlooked"
      if (isMissedBy(state, rules, other, one, all)) return "appends that match each other are both committed"
    }
  }
  return undefined
}

/** Whether `to` was overlooked by `from`, or by one that `from` overlooked: no order of them would explain it. */
function isMissedBy(
  state: ConditionState,
  rules: ConditionRules,
  from: number,
  to: number,
  via: number[],
): boolean {
  if (missedPositions(state, rules, from, to).length > 0) return true
  return via.some(
    (middle) =>
      missedPositions(state, rules, from, middle).length > 0 &&
      missedPositions(state, rules, middle, to).length > 0,
  )
}

/**
 * Events of `other` that match a condition of `one`, which has been committed without knowing of them. What the check
 * saw isn't among them: it would have refused the append.
 */
function missedPositions(state: ConditionState, rules: ConditionRules, one: number, other: number): number[] {
  const [who, whom] = [state.transactions[one], state.transactions[other]]
  if (one === other || who === undefined || whom === undefined) return []
  if (!isVisibleTransaction(who) || !isVisibleTransaction(whom)) return []
  const wasDecidedOn = (position: number) => (who.known & (1 << other)) !== 0 && position <= who.after
  const query = (rules.transactions[one] ?? []).reduce((all, append) => all | append.query, 0)
  return eventsOf(whom, rules.transactions[other] ?? [])
    .filter(({ position, topics }) => (topics & query) !== 0 && !wasDecidedOn(position))
    .map(({ position }) => position)
}

function conditionalPosition(state: ConditionState, rules: ConditionRules, index: number): number {
  const transaction = state.transactions[index]
  const appends = rules.transactions[index] ?? []
  const append = appends.findLastIndex(({ query }) => query > 0)
  return transaction === undefined ? 0 : ownPosition({ ...transaction, append }, appends)
}
