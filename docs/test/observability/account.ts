import { defineDecider, defineEvent, type } from "@annals/core"

export const deposited = defineEvent("deposited", type<{ cents: number }>())

/** What snapshots are taken of. */
export const account = defineDecider("account", {
  events: [deposited],
  initial: () => ({ cents: 0 }),
  evolve: { deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
  decide: { deposit: (_state, { cents }: { cents: number }) => deposited({ cents }) },
})
