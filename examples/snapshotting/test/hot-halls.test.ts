import { createMemoryStore, foldProjection } from "@annals/core"
import { createFoldSnapshots } from "@annals/snapshots"
import { createMemoryProjection } from "@annals/subscriptions"
import { expect, it } from "vitest"
import { hotHalls, hotHallsForm } from "../src/hot-halls.ts"
import { machine } from "../src/machine.ts"
import { installed, overheated } from "../src/machine-events.ts"

const press = machine.category.stream("press")
const saw = machine.category.stream("saw")
const alarm = overheated({ tenths: 800 })

it("a fold and a projection in memory both know, after a snapshot, what a fold of everything knows", async () => {
  await using store = createMemoryStore()
  await store.append(press, [installed({ hall: "north", limit: 700 }), alarm])
  await store.append(saw, [installed({ hall: "south", limit: 700 }), alarm, alarm])
  const snapshots = createFoldSnapshots(store, hotHalls, { form: hotHallsForm })
  expect(await snapshots.take()).toBe(true)
  await store.append(press, [alarm])

  const everything = await foldProjection(hotHalls, store.readAll({ events: hotHalls.events }))
  expect(Object.fromEntries(everything.alarms)).toEqual({ north: 2, south: 2 })
  expect((await snapshots.read()).state).toEqual(everything)

  await using running = createMemoryProjection(store, hotHalls, { snapshots })
  await running.start()
  await running.waitFor(await store.head())
  expect(running.state).toEqual(everything)
  expect(running.status().handled).toBe(1)
})
