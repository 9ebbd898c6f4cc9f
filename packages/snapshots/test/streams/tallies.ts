import {
  aggregateOf,
  defineAggregate,
  defineCategory,
  defineDecider,
  defineEvent,
  handles,
  raise,
  type,
} from "@annals/core"
import type { StateForm } from "@annals/snapshots"

export const added = defineEvent("added", type<{ readonly amount: number }>())
export const cleared = defineEvent("cleared", type<{ readonly by: string }>())

/** The last five amounts, and the sum of all. */
export interface TallyState {
  total: number
  amounts: { amount: number }[]
}

const initial = (): TallyState => ({ total: 0, amounts: [] })

/** Makes a new state for each event. */
export const tally = defineDecider("tally", {
  events: [added, cleared],
  initial,
  evolve: {
    added: ({ total, amounts }, { data: { amount } }) => ({
      total: total + amount,
      amounts: [...amounts, { amount }].slice(-5),
    }),
    cleared: initial,
  },
  decide: {
    add: (_state, amounts: readonly number[]) => amounts.map((amount) => added({ amount })),
    clear: (_state, by: string) => cleared({ by }),
  },
})

/** Changes its state, and an object inside of it. */
export const changingTally = defineAggregate("tally", {
  events: [added, cleared],
  initial,
  on: {
    added(state, { data: { amount } }) {
      state.total += amount
      state.amounts.push({ amount: 0 })
      const last = state.amounts.at(-1) as { amount: number }
      last.amount = amount
      if (state.amounts.length > 5) state.amounts.shift()
    },
    cleared(state) {
      state.total = 0
      state.amounts.length = 0
    },
  },
  commands: {
    add({ raise }, amounts: readonly number[]) {
      for (const amount of amounts) raise(added({ amount }))
    },
    clear: ({ raise }, by: string) => raise(cleared({ by })),
  },
})

/** Keeps its state to itself. */
export class Tally extends aggregateOf(defineCategory("tally", [added, cleared])) {
  #total = 0
  readonly #amounts: number[] = []

  static {
    handles(Tally, "added", (tally, { data: { amount } }) => {
      tally.#total += amount
      tally.#amounts.push(amount)
      if (tally.#amounts.length > 5) tally.#amounts.shift()
    })
    handles(Tally, "cleared", (tally) => {
      tally.#total = 0
      tally.#amounts.length = 0
    })
  }

  add(amounts: readonly number[]) {
    for (const amount of amounts) raise(this, added({ amount }))
  }

  clear(by: string) {
    raise(this, cleared({ by }))
  }

  get seen(): TallyState {
    return { total: this.#total, amounts: this.#amounts.map((amount) => ({ amount })) }
  }

  static readonly form: StateForm<Tally, readonly [number, readonly number[]]> = {
    save: (tally) => [tally.#total, tally.#amounts],
    restore([total, amounts]) {
      const tally = new Tally()
      tally.#total = total
      tally.#amounts.push(...amounts)
      return tally
    },
  }
}
