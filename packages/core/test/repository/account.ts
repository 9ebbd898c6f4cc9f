import {
  createMemoryStoreDriver,
  createStore,
  defineDecider,
  defineEvent,
  refuse,
  type StoreOptions,
  systemClock,
  type,
} from "@annals/core"

export const opened = defineEvent("opened", type<{ readonly owner: string }>())
export const deposited = defineEvent("deposited", type<{ readonly cents: number }>())
export const withdrawn = defineEvent("withdrawn", type<{ readonly cents: number }>())

export const account = defineDecider("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0, count: 0 }),
  evolve: {
    opened: (state) => ({ ...state, count: state.count + 1 }),
    deposited: (state, { data }) => ({ cents: state.cents + data.cents, count: state.count + 1 }),
    withdrawn: (state, { data }) => ({ cents: state.cents - data.cents, count: state.count + 1 }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
    withdraw: (state, { cents }: { cents: number }) =>
      state.cents < cents ? refuse("insufficient-funds", { available: state.cents }) : withdrawn({ cents }),
    exchange: (_state, { cents }: { cents: number }) => [withdrawn({ cents }), deposited({ cents })],
    empty: (state) => (state.cents > 0 ? withdrawn({ cents: state.cents }) : undefined),
    top: (_state, _payload: undefined, { now, version, id, commandId }) =>
      deposited({ cents: 1 }, { metadata: { now, version, id, commandId: commandId ?? "none" } }),
  },
})

/** What goes wrong around an append of {@link createFaultyStore}. */
export interface Fault {
  /** Throw before anything is written, or after it was. */
  readonly when: "before" | "after"
  readonly error: Error
}

/** A memory store whose appends fail as the list says, one after the other. */
export function createFaultyStore(faults: (Fault | undefined)[], options: StoreOptions = {}) {
  const driver = createMemoryStoreDriver(systemClock)
  const appended: number[] = []
  const append: typeof driver.append = async (batch, before) => {
    appended.push(batch.streams.length)
    const fault = faults.shift()
    if (fault?.when === "before") throw fault.error
    const outcome = await driver.append(batch, before)
    if (fault?.when === "after") throw fault.error
    return outcome
  }
  return { store: createStore({ ...driver, append }, options), appended }
}
