import { describe, expect, it } from "vitest"
import { conditionMachine } from "./condition-machine.ts"
import { type Append, type ConditionRules, storeConditions } from "./condition-rules.ts"
import { type Machine, type SearchResult, search } from "./state-search.ts"

const x = 1
const y = 2

/** Transactions that append once. */
const conditional: Append[] = [{ events: [x], query: x }]
const conditionalMatchedLate: Append[] = [{ events: [y, x], query: x }]
const plain: Append[] = [{ events: [x], query: 0 }]
const plainMatchedLate: Append[] = [{ events: [y, x], query: 0 }]

/** Transactions that append twice: what matches comes with the second append. */
const twice: Append[] = [
  { events: [y], query: 0 },
  { events: [x], query: 0 },
]
const twiceUnderCondition: Append[] = [
  { events: [y], query: 0 },
  { events: [x], query: x },
]

const oneAppendEach: Record<string, Append[][]> = {
  "three under one condition": [conditional, conditional, conditional],
  "two under one condition and one without": [conditional, conditional, plain],
  "two events each, of which the second matches": [
    conditionalMatchedLate,
    conditionalMatchedLate,
    plainMatchedLate,
  ],
  "one and two events": [conditionalMatchedLate, conditional, plain],
}

const severalAppends: Record<string, Append[][]> = {
  "two appends, and two under a condition": [twice, conditional, conditional],
  "two appends in two transactions, and one under a condition": [twice, twice, conditional],
}

const conditionLater: Record<string, Append[][]> = {
  "a condition in a second append, and in a first one": [twiceUnderCondition, conditional, plain],
  "a condition in two second appends": [twiceUnderCondition, twiceUnderCondition],
  "a condition in two second appends and in a first one": [
    twiceUnderCondition,
    twiceUnderCondition,
    conditional,
  ],
}

function searched<State>(name: string, machine: Machine<State>): SearchResult {
  const result = search(machine)
  const outcome =
    result.fault === undefined ? "" : `: ${result.fault.reason}, after ${result.fault.schedule.join(", ")}`
  process.stdout.write(
    `  append conditions, ${name}: ${result.states} states, ${result.steps} steps${outcome}\n`,
  )
  return result
}

function storeWith(transactions: readonly (readonly Append[])[]): ConditionRules {
  return { ...storeConditions, transactions }
}

describe("append conditions, in every reachable state", { timeout: 60_000 }, () => {
  it.each(Object.entries({ ...oneAppendEach, ...severalAppends }))(
    "overlook nothing and never deadlock: %s",
    (name, transactions) => {
      expect(searched(name, conditionMachine(storeWith(transactions))).fault).toBeUndefined()
    },
  )

  it.each(Object.entries(conditionLater))("overlook nothing, but may deadlock: %s", (name, transactions) => {
    const rules = storeWith(transactions)
    expect(searched(name, conditionMachine(rules)).fault?.reason).toBe("a later append deadlocks")
    const allowing: ConditionRules = { ...rules, deadlocks: "allowed in later appends" }
    expect(searched(`${name}, deadlocks aside`, conditionMachine(allowing)).fault).toBeUndefined()
  })

  const unrelated: Record<string, Append[][]> = {
    "other topics": [conditional, [{ events: [y], query: y }], [{ events: [4], query: 0 }]],
    "other topics whose keys look alike": [
      [{ events: [x], query: x, collisions: y }],
      [{ events: [y], query: y, collisions: x }],
      [{ events: [4], query: 0, collisions: x | y }],
    ],
  }

  it.each(Object.entries(unrelated))("never refuse unrelated appends: %s", (name, transactions) => {
    const machine = conditionMachine(storeWith(transactions))
    const refusal: typeof machine = {
      ...machine,
      fault: (state, next) =>
        next.some(({ what }) => what.startsWith("is refused"))
          ? "an append is refused"
          : machine.fault(state, next),
    }
    expect(searched(name, refusal).fault).toBeUndefined()
  })

  const alsoRight: Record<string, Partial<ConditionRules>> = {
    "all positions drawn before waiting": { drawsRest: "before waiting" },
    "locks looked at even where all positions are visible": { contiguousShortcut: false },
  }

  it.each(Object.entries(alsoRight))("are right also with %s", (name, change) => {
    for (const transactions of Object.values(oneAppendEach)) {
      expect(
        searched(name, conditionMachine({ ...storeWith(transactions), ...change })).fault,
      ).toBeUndefined()
    }
  })
})

describe("what append conditions need", { timeout: 60_000 }, () => {
  const overlooked = "a match was overlooked"
  const bothCommitted = "appends that match each other are both committed"
  const { "two under one condition and one without": three } = oneAppendEach
  const broken: Record<string, [Append[][] | undefined, Partial<ConditionRules>, string]> = {
    "a check after waiting": [three, { check: "before waiting" }, overlooked],
    "a check without an upper bound": [
      [conditionalMatchedLate, conditionalMatchedLate],
      { checkedUpTo: "own position" },
      bothCommitted,
    ],
    "waiting for bounds that aren't settled into keys": [three, { waitsFor: "keys" }, overlooked],
    "keys to wait for: bounds deadlock": [three, { waitsFor: "bounds" }, "single appends deadlock"],
    "a second key for a second append": [[twice, conditional], { secondKey: false }, overlooked],
    "to decide below what is in flight": [three, { after: "highest" }, bothCommitted],
    "locks that outlast the commit": [three, { locksEnd: "before the commit" }, overlooked],
  }

  it.each(Object.entries(broken))("%s", (name, [transactions = [], change, reason]) => {
    const rules = { ...storeWith(transactions), ...change }
    expect(searched(`without ${name}`, conditionMachine(rules)).fault?.reason).toBe(reason)
  })
})
