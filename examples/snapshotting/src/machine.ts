// A machine as today's program knows it. Its state is what is kept in a snapshot: version 2 of that, see machine-snapshots.ts.
import { defineDecider, refuse } from "@annals/core"
import { installed, machineEvents, measured, overheated, serviced } from "./machine-events.ts"

export interface Machine {
  readonly limit: number | null
  readonly readings: { readonly count: number; readonly sum: number; readonly hottest: number | null }
  readonly isHot: boolean
}

const nothing: Machine = { limit: null, readings: { count: 0, sum: 0, hottest: null }, isHot: false }

export const machine = defineDecider("machine", {
  events: machineEvents,
  initial: () => nothing,

  evolve: {
    installed: (state, { data }) => ({ ...state, limit: data.limit }),
    measured: ({ limit, readings }, { data: { tenths } }) => ({
      limit,
      readings: {
        count: readings.count + 1,
        sum: readings.sum + tenths,
        hottest: Math.max(readings.hottest ?? tenths, tenths),
      },
      isHot: limit !== null && tenths > limit,
    }),
    overheated: (state) => state,
    serviced: (state) => state,
  },

  decide: {
    install: ({ limit }, at: { hall: string; limit: number }) =>
      limit === null ? installed(at) : refuse("already-installed"),
    /** The readings of some minutes, in one command: who reports each by itself pays for each. */
    measure: ({ limit, isHot }, { tenths }: { tenths: readonly number[] }) => {
      if (limit === null) return refuse("not-installed")
      let wasHot = isHot
      return tenths.flatMap((reading) => {
        const alarm = reading > limit && !wasHot
        wasHot = reading > limit
        return alarm
          ? [measured({ tenths: reading }), overheated({ tenths: reading })]
          : [measured({ tenths: reading })]
      })
    },
    service: ({ limit }) => (limit === null ? refuse("not-installed") : serviced({})),
  },
})
