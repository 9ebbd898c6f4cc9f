// What can happen to a counter, and what it adds up to. Everything else in this example is about these two events.
import { defineDecider, defineEvent, refuse, type } from "@annals/core"

export const increased = defineEvent("increased", type<{ by: number }>())
export const decreased = defineEvent("decreased", type<{ by: number }>())

export const counter = defineDecider("counter", {
  events: [increased, decreased],
  initial: () => ({ value: 0 }),
  evolve: {
    increased: ({ value }, { data }) => ({ value: value + data.by }),
    decreased: ({ value }, { data }) => ({ value: value - data.by }),
  },
  decide: {
    increase: (_state, { by }: { by: number }) => increased({ by }),
    decrease: ({ value }, { by }: { by: number }) =>
      by > value ? refuse("below-zero", { value }) : decreased({ by }),
  },
})

export const visitors = counter.category.stream("visitors")
