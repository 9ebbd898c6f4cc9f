import { type EventStore, streamId } from "@annals/core"
import fc from "fast-check"
import { expect, it } from "vitest"
import { type DocumentProjection, foldDocuments, inline, projectionSubscription } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"
import { type Balance, balances, closed, deposited, ledgers, opened, transferred } from "./accounts.ts"
import { catchUp } from "./catch-up.ts"

type Happening =
  | { readonly kind: "opened"; readonly owner: string }
  | { readonly kind: "deposited"; readonly cents: number }
  | { readonly kind: "transferred"; readonly to: string; readonly cents: number }
  | { readonly kind: "closed"; readonly reason: string }

/** Events of one append, or a run of the subscription in between. */
type Step =
  | { readonly category: string; readonly id: string; readonly events: readonly Happening[] }
  | { readonly batches: readonly number[]; readonly crashes: readonly boolean[] }

const id = fc.constantFrom("a", "b", "c")
const cents = fc.integer({ min: 1, max: 2000 })
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("opened" as const), owner: fc.string({ maxLength: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("deposited" as const), cents }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("transferred" as const), to: id, cents }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("closed" as const), reason: fc.constantFrom("kept", "gone") }),
  },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      category: fc.constantFrom("account", "savings"),
      id,
      events: fc.array(happening, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      batches: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
      crashes: fc.array(fc.boolean(), { maxLength: 6 }),
    }),
  },
)

const toEvent = (one: Happening) => {
  switch (one.kind) {
    case "opened":
      return opened({ owner: one.owner })
    case "deposited":
      return deposited({ cents: one.cents })
    case "transferred":
      return transferred({ to: one.to, cents: one.cents })
    case "closed":
      return closed({ reason: one.reason })
  }
}

/** What must come out, told apart from how projections work. */
function expectedOf(steps: readonly Step[]) {
  const expectedBalances = new Map<string, Balance>()
  const expectedLedgers = new Map<string, { cents: number; entries: string[] }>()
  for (const one of steps) {
    if (!("events" in one)) continue
    const { category, id: own, events } = one
    const balance = () => expectedBalances.get(own) ?? { owner: "", cents: 0, history: [] }
    const change = (of: string, by: number, entry: string) => {
      const { cents: before, entries } = expectedLedgers.get(of) ?? { cents: 0, entries: [] }
      expectedLedgers.set(of, { cents: before + by, entries: [...entries, entry] })
    }
    for (const event of events) {
      if (category === "account" && event.kind !== "transferred") {
        const { owner, cents: before, history } = balance()
        if (event.kind === "closed") expectedBalances.delete(own)
        else if (event.kind === "opened")
          expectedBalances.set(own, { owner: event.owner, cents: before, history: [...history, "opened"] })
        else
          expectedBalances.set(own, {
            owner,
            cents: before + event.cents,
            history: [...history, `+${event.cents}`],
          })
      }
      if (event.kind === "deposited") change(own, event.cents, `${category}:${event.cents}`)
      if (event.kind === "closed" && event.reason !== "kept") expectedLedgers.delete(own)
      if (event.kind === "transferred") {
        const entry = `${own}>${event.to}`
        change(own, event.to === own ? 0 : -event.cents, entry)
        if (event.to !== own) change(event.to, event.cents, entry)
      }
    }
  }
  return { balances: expectedBalances, ledgers: expectedLedgers }
}

async function documentsOf<Document>(
  store: EventStore,
  projection: DocumentProjection<string, never, Document>,
) {
  const found = new Map<string, Document>()
  for await (const { id: key, value } of projection.readModel.in(store).findAll()) found.set(key, value)
  return found
}

interface Tenants {
  /** Two logs that are empty. */
  next(): readonly [inlineStore: EventStore, asyncStore: EventStore]
}

async function comesToTheSame({ next }: Tenants, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const [inlineStore, asyncStore] = next()
    const definitions = [projectionSubscription(balances), projectionSubscription(ledgers)]
    for (const one of steps) {
      if ("events" in one) {
        const stream = streamId(one.category, one.id)
        await inlineStore.append(stream, one.events.map(toEvent), { before: inline(balances, ledgers) })
        await asyncStore.append(stream, one.events.map(toEvent))
      } else {
        const options = { batches: one.batches, crashes: (attempt: number) => one.crashes[attempt] ?? false }
        for (const definition of definitions) await catchUp(asyncStore, definition, options)
      }
    }
    for (const definition of definitions) await catchUp(asyncStore, definition)

    const expected = expectedOf(steps)
    for (const [name, store] of [
      ["inline", inlineStore],
      ["as a subscription", asyncStore],
    ] as const) {
      expect(await documentsOf(store, balances as never), name).toEqual(expected.balances)
      expect(await documentsOf(store, ledgers as never), name).toEqual(expected.ledgers)
    }
    expect(await foldDocuments(asyncStore, balances), "on demand").toEqual(expected.balances)
    expect(await foldDocuments(asyncStore, ledgers), "on demand").toEqual(expected.ledgers)
  })
  await fc.assert(property, { numRuns })
}

/** Empty logs without the cost of opening stores. */
function tenantsOf(store: EventStore): Tenants {
  let count = 0
  return { next: () => [store.forTenant(`t${++count}`), store.forTenant(`t${++count}`)] }
}

const runs: Readonly<Record<string, number>> = { memory: 150, sqlite: 30 }

describeStores("documents", (open) => {
  it("are the same in each way to project, however batches are cut and transactions fail", async () => {
    await using scene = await open()
    await comesToTheSame(tenantsOf(scene.store), runs[scene.store.name] ?? 8)
  })
})
