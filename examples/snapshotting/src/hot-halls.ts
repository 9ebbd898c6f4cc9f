// A fold over the whole log: which machine stands where, and how often each hall was too hot.
import { defineProjection } from "@annals/core"
import { installed, overheated } from "./machine-events.ts"

export interface HotHalls {
  readonly hallOf: Map<string, string>
  readonly alarms: Map<string, number>
}

export const hotHalls = defineProjection("hot-halls", {
  events: [installed, overheated],
  initial: (): HotHalls => ({ hallOf: new Map(), alarms: new Map() }),
  on: {
    installed: ({ hallOf }, { stream, data }) => {
      hallOf.set(stream.id, data.hall)
    },
    overheated: ({ hallOf, alarms }, { stream }) => {
      const hall = hallOf.get(stream.id) ?? "unknown"
      alarms.set(hall, (alarms.get(hall) ?? 0) + 1)
    },
  },
})

/** JSON has no maps. */
export const hotHallsForm = {
  save: ({ hallOf, alarms }: HotHalls) => ({ hallOf: [...hallOf], alarms: [...alarms] }),
  restore: ({ hallOf, alarms }: { hallOf: [string, string][]; alarms: [string, number][] }) => ({
    hallOf: new Map(hallOf),
    alarms: new Map(alarms),
  }),
}
