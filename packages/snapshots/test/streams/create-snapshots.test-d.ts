import { createMemoryStore, createRepository, type JsonValue } from "@annals/core"
import { createSnapshots, type SnapshotPolicy, type Snapshots, type StateForm } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { expectTypeOf } from "vitest"
import { changingTally, Tally, type TallyState, tally } from "./tallies.ts"

const store = createMemoryStore()

expectTypeOf(createSnapshots(store, tally)).toEqualTypeOf<Snapshots<TallyState>>()
expectTypeOf(createSnapshots(store, Tally, { form: Tally.form })).toEqualTypeOf<Snapshots<Tally>>()
expectTypeOf(createSnapshots(createSqliteStore({ file: ":memory:" }), changingTally)).toEqualTypeOf<
  Snapshots<TallyState>
>()

createRepository(store, tally, { snapshots: createSnapshots(store, tally) })
createRepository(store, Tally, { snapshots: createSnapshots(store, Tally, { form: Tally.form }) })

// What restore gets is what save returns, also where that is an interface.
interface Kept {
  readonly sum: number
}
createSnapshots(store, tally, {
  form: {
    save: (state) => [state.total, state.amounts.map(({ amount }) => amount)] as const,
    restore: ([total, amounts]) => ({ total, amounts: amounts.map((amount) => ({ amount })) }),
  },
})
createSnapshots(store, tally, {
  form: {
    save: (state): Kept => ({ sum: state.total }),
    restore: ({ sum }) => ({ total: sum, amounts: [] }),
  },
  schemaVersion: 2,
  upcasters: { 1: (saved: { total: number }): Kept => ({ sum: saved.total }) },
})
const form: StateForm<TallyState, number> = {
  save: ({ total }) => total,
  restore: (total) => ({ total, amounts: [] }),
}
createSnapshots(store, tally, { form })
expectTypeOf<Parameters<StateForm<TallyState>["restore"]>[0]>().toEqualTypeOf<JsonValue | Uint8Array>()

// Bytes come back without the methods of a buffer.
createSnapshots(store, tally, {
  form: {
    save: (state) => Buffer.from(JSON.stringify(state)),
    restore: (saved) => {
      expectTypeOf(saved).toEqualTypeOf<Uint8Array>()
      return JSON.parse(Buffer.from(saved).toString("utf8"))
    },
  },
})

const policy: SnapshotPolicy = ({ kind, toReplay }) => kind === "stream" && toReplay > 10
createSnapshots(store, tally, { policy })

// @ts-expect-error a class has no form of its own
createSnapshots(store, Tally)
// @ts-expect-error a class has no form of its own
createSnapshots(store, Tally, { take: "after" })
// @ts-expect-error a form of another state
createSnapshots(store, tally, { form: Tally.form })
// @ts-expect-error restore doesn't make the state
createSnapshots(store, tally, { form: { save: ({ total }) => total, restore: (total) => ({ sum: total }) } })
// @ts-expect-error there is no such way to take one
createSnapshots(store, tally, { take: "later" })
// @ts-expect-error of another aggregate
createRepository(store, Tally, { snapshots: createSnapshots(store, tally) })
