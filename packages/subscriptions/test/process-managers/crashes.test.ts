import { createRepository, defineEvents, type EventStore, type RecordedEvent } from "@annals/core"
import { expect, it } from "vitest"
import { createDeadlineRunner } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"
import { Crash, crashing } from "./crashing.ts"
import { handleEvent } from "./handle-event.ts"
import { defineFulfilment, orderPlaced, paymentOverdue, paymentReceived, placeOrder, stock } from "./shop.ts"

const fulfilment = defineFulfilment()

/** What happens, one after the other, with enough in stock, and with too little. */
const stories = { "an order that expires": 5, "an order that is refused": 1 }

describeStores("a process manager that crashes", (open) => {
  for (const [story, quantity] of Object.entries(stories)) {
    for (const moment of ["before", "after"] as const) {
      it(`has done nothing, or all of it once, ${moment} each step: ${story}`, async () => {
        await using scene = await open()
        const { store } = scene
        await createRepository(store, stock).execute("book", "stock", { quantity })
        await placeOrder(store, "1", "book", 2)
        for (let position = 0; ; ) {
          const event = await nextEvent(store, position)
          if (event === undefined) break
          position = event.position
          await crashAtEachStep(store, event, moment)
          await recordDeadlines(store)
        }
        const own = await store.readStream(fulfilment.category.stream("1")).toArray()
        expect(own.map(({ type }) => type)).toEqual(["started", quantity > 1 ? "expired" : "rejected"])
        const { state } = await createRepository(store, stock).load("book")
        expect(state.free).toBe(quantity)
      })
    }
  }
})

/** Crashes at the first step, then at the second, …, until it comes through; and then does it all over again. */
async function crashAtEachStep(store: EventStore, event: RecordedEvent, moment: "before" | "after") {
  const before = await everything(store)
  let step = 0
  for (; await crashes(store, event, step, moment); step++) expect(await everything(store)).toEqual(before)
  expect(step).toBeGreaterThan(2)
  const after = await everything(store)
  expect(await crashes(store, event, Number.POSITIVE_INFINITY, moment)).toBe(false)
  expect(await everything(store)).toEqual(after)
}

async function crashes(store: EventStore, event: RecordedEvent, step: number, moment: "before" | "after") {
  try {
    await store.transaction((unitOfWork) =>
      handleEvent(fulfilment, event, crashing(unitOfWork, step, moment).unitOfWork),
    )
    return false
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  }
}

async function nextEvent(store: EventStore, after: number): Promise<RecordedEvent | undefined> {
  const types = [orderPlaced, paymentReceived, paymentOverdue]
  const [event] = await store
    .readAll({ types: types.map(({ type }) => type), events: defineEvents(types), after, limit: 1 })
    .toArray()
  return event
}

/** As if it were later. */
async function recordDeadlines(store: EventStore): Promise<void> {
  const clock = { ...store.clock, now: () => store.clock.now() + 24 * 3_600_000 }
  await using runner = createDeadlineRunner({ ...store, clock })
  await runner.start()
}

/** All that a process manager can have written. */
async function everything(store: EventStore) {
  const models = ["$deadlines", "$deadlines.due"].map((model) => store.readModels.find(model))
  return {
    events: await store.readAll().toArray(),
    deadlines: await Promise.all(models),
    messages: await store.outbox.read(),
  }
}
