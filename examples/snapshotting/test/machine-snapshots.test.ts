import { createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import { array, asyncProperty, assert as check, constant, integer, oneof, property } from "fast-check"
import { describe, expect, it } from "vitest"
import { machine } from "../src/machine.ts"
import { installed, measured, overheated, serviced } from "../src/machine-events.ts"
import { machineLastYear } from "../src/machine-last-year.ts"
import { fromLastYear, machineSnapshots } from "../src/machine-snapshots.ts"

const temperature = integer({ min: 500, max: 900 })
const later = oneof(
  temperature.map((tenths) => measured({ tenths })),
  temperature.map((tenths) => overheated({ tenths })),
  constant(serviced({})),
)
const history = array(later, { maxLength: 30 }).map((events) => [
  installed({ hall: "north", limit: 700 }),
  ...events,
])

describe("what last year's program kept", () => {
  it("becomes what today's would have folded, whatever has happened", () => {
    check(
      property(history, (events) => {
        const lastYear = events.reduce(machineLastYear.evolve, machineLastYear.initial())
        expect(fromLastYear(lastYear)).toEqual(events.reduce(machine.evolve, machine.initial()))
      }),
    )
  })

  it("loads as a replay does, with what came since", async () => {
    await check(
      asyncProperty(history, array(later, { minLength: 1, maxLength: 5 }), async (events, since) => {
        await using store = createMemoryStore()
        const stream = machine.category.stream("press")
        await store.append(stream, events)
        await createSnapshots(store, machineLastYear).take("press")
        await store.append(stream, since)

        const snapshots = createSnapshots(store, machine, machineSnapshots)
        const { state, version } = await createRepository(store, machine, { snapshots }).load("press")
        const replayed = await createRepository(store, machine).load("press")
        expect({ state, version }).toEqual({ state: replayed.state, version: replayed.version })
        expect(snapshots.status().hits).toBe(1)
      }),
      { numRuns: 30 },
    )
  })
})
