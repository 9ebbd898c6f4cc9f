import { createMemoryStoreDriver, createStore, type EventStore } from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { expect, it } from "vitest"
import { createSubscription, projectionSubscription, rebuildInPlace } from "../../src/index.ts"
import { count } from "../subjects/counting.ts"
import { advanceUntil } from "../subjects/waiting.ts"
import { numbers, readNumbers } from "./numbers.ts"

it("tells an instance of a rebuild whose lease was over then, and which comes back before it notices that itself", async () => {
  const [storesClock, ownClock] = [createFakeClock(), createFakeClock()]
  await using store = createStore(createMemoryStoreDriver(storesClock), { clock: ownClock }) as EventStore
  await using live = createSubscription(store, projectionSubscription(numbers))
  await live.start()
  await live.waitFor(await count(store, "a", 1, 2, 3))
  await storesClock.advance(60_000)
  await rebuildInPlace(store, numbers)
  expect(await readNumbers(store)).toEqual({})
  let rows: unknown
  await advanceUntil(ownClock, () => {
    void readNumbers(store).then((read) => {
      rows = read
    })
    return JSON.stringify(rows) === `{"a":[1,2,3]}`
  })
})
