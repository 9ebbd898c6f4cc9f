import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  defineProjection,
  type EventIn,
  foldProjection,
  type Recorded,
  type,
} from "@annals/core"
import type { Contestant, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { createCastoreAccounts } from "./banks/castore-bank.ts"
import type { CoreParameters } from "./core-parameters.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())
const accounts = defineCategory("account", [opened, deposited])
const balance = defineProjection("balance", {
  events: [opened, deposited],
  initial: () => ({ cents: 0 }),
  on: { deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
})

type AccountEvent = Recorded<EventIn<readonly [typeof opened, typeof deposited]>>

/** Events in memory folded to a state. Bare is a loop with an `if`. */
export const fold: Scenario<CoreParameters> = {
  name: "fold",
  unit: "events/s",
  better: "higher",
  rounds: ({ rounds }) => rounds,
  async prepare({ parameters: { foldedEvents } }) {
    const events = await recordedEvents(Math.min(foldedEvents, 10_000))
    const contestant = (foldOnce: () => number): Contestant => ({
      round: () => foldRate(foldedEvents, events, foldOnce),
    })
    return {
      ours: contestant(() => foldProjection(balance, events).cents),
      bare: contestant(() => foldByHand(events).cents),
      peers: { castore: contestant(castoreFold(events)) },
    }
  },
}

/** Folds the same events again and again until as many are folded as wanted. */
async function foldRate(
  wanted: number,
  events: readonly AccountEvent[],
  foldOnce: () => number,
): Promise<number> {
  const times = Math.ceil(wanted / events.length)
  const expected = foldByHand(events).cents
  return perSecond(times * events.length, () => {
    for (let time = 0; time < times; time++)
      if (foldOnce() !== expected) throw new Error("folded something else")
  })
}

function foldByHand(events: readonly AccountEvent[]): { readonly cents: number } {
  let state = { cents: 0 }
  for (const event of events)
    if (event.type === "deposited") state = { cents: state.cents + event.data.cents }
  return state
}

function castoreFold(events: readonly AccountEvent[]): () => number {
  const store = createCastoreAccounts()
  const theirs = events.map(({ type: name, version, data }) => ({
    aggregateId: "alice",
    version,
    timestamp: "2026-01-01T00:00:00.000Z",
    type: name,
    payload: data,
  })) as Parameters<typeof store.buildAggregate>[0]
  return () => store.buildAggregate(theirs)?.cents ?? 0
}

async function recordedEvents(count: number): Promise<AccountEvent[]> {
  await using store = createMemoryStore()
  const stream = accounts.stream("alice")
  await store.append(stream, [opened({ owner: "Alice" })])
  await store.append(
    stream,
    Array.from({ length: count - 1 }, (_, index) => deposited({ cents: 1 + (index % 100) })),
  )
  return await store.readStream(stream).toArray()
}
