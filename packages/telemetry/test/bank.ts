import { defineDecider, defineEvent, defineEvents, refuse, streamId, type } from "@annals/core"

export const deposited = defineEvent("deposited", type<{ cents: number; note?: string }>())
export const welcomed = defineEvent("welcomed", type<{ account: string }>())
export const events = defineEvents([deposited, welcomed])

export const account = defineDecider("account", {
  events: [deposited],
  initial: () => ({ cents: 0 }),
  evolve: { deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
  decide: {
    deposit: (_state, { cents }: { cents: number }) =>
      cents < 0 ? refuse("negative", { cents }) : deposited({ cents }),
  },
})

export const accountStream = (id: string) => streamId("account", id)
export const letterStream = (id: string) => streamId("letter", id)

/** Resolves when `isSo` says yes. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}
