import { slotCount } from "@annals/core"
import { describe, expect, it } from "vitest"
import { isRetryable } from "../../src/options/check-retry.ts"
import type { MachineSettings } from "../../src/subscription/machine/machine-state.ts"
import { type Fate, SimulatedWorld } from "./simulated-world.ts"

const settings: MachineSettings = {
  name: "s",
  transactional: false,
  batchSize: 10,
  saveEvery: 100,
  attempts: 3,
  isPassing: isRetryable,
  isPermanent: () => false,
  onFailure: "park",
}
const everything = [{ first: 0, last: slotCount - 1 }]

/** Of two streams in turns, with its first page read. */
function aReadingWorld(events: number, given: Partial<MachineSettings>): SimulatedWorld {
  const world = new SimulatedWorld({ ...settings, ...given })
  for (let index = 0; index < events; index++) world.append(`${index % 2}`)
  world.hold(everything)
  answer(world, "load")
  answer(world, "read")
  return world
}

function answer(world: SimulatedWorld, type: string, fate: Fate = "well"): void {
  const index = world.requests.findIndex(({ action }) => action.type === type)
  if (index < 0) throw new Error(`nobody asked to ${type}`)
  world.answer(index, fate)
}

function askedToHandle(world: SimulatedWorld): { readonly positions: number[]; readonly attempt: number } {
  const action = world.requests.map((request) => request.action).find(({ type }) => type === "handle")
  if (action?.type !== "handle") throw new Error("nothing is to be handled")
  return { positions: action.events.map(({ position }) => position), attempt: action.attempt }
}

describe("attempts", () => {
  it("are counted for each event by itself, also where others of its transaction failed before", () => {
    const world = aReadingWorld(3, { transactional: true })
    expect(askedToHandle(world)).toEqual({ positions: [1, 2, 3], attempt: 1 })
    const lastFails = () => {
      answer(world, "handle", "handler-fails")
      world.backedOff()
    }
    lastFails()
    expect(askedToHandle(world)).toEqual({ positions: [1, 2], attempt: 1 })
    lastFails()
    expect(askedToHandle(world)).toEqual({ positions: [1], attempt: 1 })
    lastFails()
    expect(askedToHandle(world)).toEqual({ positions: [1], attempt: 2 })
    expect(world.deadLetters).toEqual([])
  })
})

describe("an event that waits behind a parked one", () => {
  it("is saved at once, before anything of its stream is replayed", () => {
    const world = aReadingWorld(3, { attempts: 1 })
    world.poison.add(1)
    answer(world, "handle")
    answer(world, "save") // the failed one is parked
    expect(askedToHandle(world)).toEqual({ positions: [2], attempt: 1 })
    answer(world, "handle") // the third is of a parked stream
    expect(world.requests.map(({ action }) => action.type)).toContain("save")
    answer(world, "save")
    expect(world.deadLetters.map(({ position }) => position)).toEqual([1, 3])
    expect(world.problems).toEqual([])
  })
})
