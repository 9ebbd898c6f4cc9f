// The same machine as last year's program knew it: the same events, another state. Here it only reads.
import { defineDecider } from "@annals/core"
import { machineEvents } from "./machine-events.ts"

export interface MachineLastYear {
  readonly limit: number | null
  readonly count: number
  readonly sum: number
  readonly hottest: number | null
  readonly last: number | null
}

const nothing: MachineLastYear = { limit: null, count: 0, sum: 0, hottest: null, last: null }

export const machineLastYear = defineDecider("machine", {
  events: machineEvents,
  initial: () => nothing,
  evolve: {
    installed: (state, { data }) => ({ ...state, limit: data.limit }),
    measured: (state, { data: { tenths } }) => ({
      limit: state.limit,
      count: state.count + 1,
      sum: state.sum + tenths,
      hottest: Math.max(state.hottest ?? tenths, tenths),
      last: tenths,
    }),
    overheated: (state) => state,
    serviced: (state) => state,
  },
  decide: {},
})
