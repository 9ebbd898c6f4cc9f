import { isAnnalsError, slotCount } from "@annals/core"
import { describe, expect, it } from "vitest"
import { isRetryable } from "../../src/options/check-retry.ts"
import type { MachineSettings } from "../../src/subscription/machine/machine-state.ts"
import { type Fate, SimulatedWorld } from "./simulated-world.ts"

const settings: MachineSettings = {
  name: "s",
  transactional: false,
  batchSize: 10,
  saveEvery: 100,
  attempts: 1,
  isPassing: isRetryable,
  isPermanent: () => false,
  onFailure: "stop",
}
const everything = [{ first: 0, last: slotCount - 1 }]
const lowerHalf = { first: 0, last: slotCount / 2 - 1 }
const upperHalf = { first: slotCount / 2, last: slotCount - 1 }

/** Of two streams in turns, one in each half. */
function aWorld(events: number, given: Partial<MachineSettings> = {}): SimulatedWorld {
  const world = new SimulatedWorld({ ...settings, ...given })
  for (let index = 0; index < events; index++) world.append(`${index % 2}`)
  return world
}

const asked = (world: SimulatedWorld) => world.requests.map(({ action }) => action.type)

function answer(world: SimulatedWorld, type: string, fate: Fate = "well"): void {
  const index = asked(world).indexOf(type as never)
  if (index < 0) throw new Error(`nobody asked to ${type}, but to ${asked(world).join(", ")}`)
  world.answer(index, fate)
}

describe("an end by a failure", () => {
  it("stays one when it is stopped while it saves what was handled before", () => {
    const world = aWorld(3)
    world.poison.add(2)
    world.hold(everything)
    for (const type of ["load", "read", "handle"]) answer(world, type)
    expect(asked(world)).toContain("save")
    world.input({ type: "stop" })
    answer(world, "save")
    expect(world.state.phase).toBe("failed")
    expect(isAnnalsError(world.settled?.failure, "SUBSCRIPTION_FAILED")).toBe(true)
    expect(world.checkpoints[0]).toBe(1)
    expect(world.problems).toEqual([])
  })
})

describe("a read that was broken off as slots changed hands", () => {
  it("is no failure", () => {
    const world = aWorld(4)
    world.hold([lowerHalf])
    answer(world, "load")
    expect(asked(world)).toEqual(["read"])
    world.hold([lowerHalf, upperHalf])
    answer(world, "read", "store-fails")
    expect(world.isBackingOff).toBe(false)
    expect(world.state.stumbles).toBe(0)
    world.calm()
    expect(world.handled).toHaveLength(4)
    expect(world.problems).toEqual([])
  })
})

describe("slots that are behind", () => {
  it("are saved where they reach the others, without waiting for the time to save", () => {
    const world = aWorld(6)
    world.checkpoints.fill(4, 0, slotCount / 2)
    world.hold([lowerHalf, upperHalf])
    for (const type of ["load", "read"]) answer(world, type)
    if (asked(world).includes("handle")) answer(world, "handle")
    expect(asked(world)).toContain("save")
    answer(world, "save")
    expect(world.state.cohorts).toEqual([{ slots: everything, position: 4 }])
  })
})
