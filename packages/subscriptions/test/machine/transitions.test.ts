import { AnnalsError, slotCount } from "@annals/core"
import { describe, expect, it } from "vitest"
import { isRetryable } from "../../src/options/check-retry.ts"
import type { MachineSettings } from "../../src/subscription/machine/machine-state.ts"
import { SimulatedWorld } from "./simulated-world.ts"

const settings: MachineSettings = {
  name: "s",
  transactional: false,
  batchSize: 10,
  saveEvery: 100,
  attempts: 3,
  isPassing: isRetryable,
  isPermanent: () => false,
  onFailure: "stop",
}
const everything = [{ first: 0, last: slotCount - 1 }]
const halves = [
  { first: 0, last: slotCount / 2 - 1 },
  { first: slotCount / 2, last: slotCount - 1 },
]

function aWorld(given: Partial<MachineSettings> & { readonly events?: number } = {}): SimulatedWorld {
  const { events = 0, ...others } = given
  const world = new SimulatedWorld({ ...settings, ...others })
  for (let index = 0; index < events; index++) world.append(`${index % 2}`)
  return world
}

const asked = (world: SimulatedWorld) => world.requests.map(({ action }) => action.type)

describe("joining", () => {
  it("does nothing until it holds something", () => {
    const world = aWorld({ events: 3 })
    world.input({ type: "woken" })
    expect(asked(world)).toEqual([])
  })

  it("loads its checkpoint, then reads from there", () => {
    const world = aWorld({ events: 3 })
    world.checkpoints.fill(2)
    world.hold(everything)
    expect(asked(world)).toEqual(["load"])
    world.answer(0, "well")
    expect(world.requests[0]?.action).toMatchObject({ type: "read", after: 2, slots: undefined })
  })

  it("reads the slots that are behind up to where the others are, and then all together", () => {
    const world = aWorld({ events: 6 })
    world.checkpoints.fill(4, 0, slotCount / 2)
    world.hold(halves)
    world.answer(0, "well")
    expect(world.requests[0]?.action).toMatchObject({ type: "read", after: 0, until: 4, slots: [halves[1]] })
    world.calm()
    expect(world.state.cohorts).toEqual([{ slots: everything, position: 6 }])
    expect(world.checkpoints.every((position) => position === 6)).toBe(true)
  })

  it("hears again of what it has, and goes on as it was", () => {
    const world = aWorld({ events: 3 })
    world.hold(everything)
    world.calm()
    world.hold(everything)
    expect(asked(world)).toEqual([])
    expect(world.state.epoch).toBe(1)
  })
})

describe("reading", () => {
  it("reads one page ahead while the handler works, and no more", () => {
    const world = aWorld({ events: 20 })
    world.hold(everything)
    world.answer(0, "well") // load
    world.answer(0, "well") // read
    expect(asked(world)).toEqual(["handle", "read"])
    world.answer(1, "well")
    expect(asked(world)).toEqual(["handle"])
  })

  it("reads once more at the end when its last page is handled, as more may have come meanwhile", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    expect(asked(world)).toEqual(["handle"])
    world.append("0")
    world.answer(0, "well")
    expect(asked(world)).toEqual(["read"])
    world.answer(0, "well")
    expect(asked(world)).toEqual(["handle"])
  })

  it("doesn't read again at the end until it is woken", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.calm()
    expect(asked(world)).toEqual([])
    world.input({ type: "woken" })
    expect(asked(world)).toEqual(["read"])
  })

  it("reads once more when the call came while it was reading", () => {
    const world = aWorld()
    world.hold(everything)
    world.answer(0, "well")
    world.input({ type: "woken" })
    world.answer(0, "well")
    expect(asked(world)).toEqual(["read"])
  })

  it("throws away what was read before the slots changed hands", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.answer(0, "well")
    world.hold(halves.slice(0, 1))
    world.answer(0, "well") // the read under the old slots
    expect(world.state.page).toBeUndefined()
    world.calm()
    expect(world.problems).toEqual([])
  })

  it("backs off when the store can't be read, and goes on", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "store-fails")
    expect(world.isBackingOff).toBe(true)
    expect(asked(world)).toEqual([])
    world.calm()
    expect(world.handled).toHaveLength(2)
  })
})

describe("saving", () => {
  it("saves when so many events are handled", () => {
    const world = aWorld({ events: 4, saveEvery: 3 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.answer(0, "well") // handle
    expect(asked(world)).toContain("save")
  })

  it("saves when the time has come, also where nothing matched", () => {
    const world = aWorld({ events: 4 })
    world.hold(halves.slice(0, 1))
    world.calm()
    expect(world.checkpoints[0]).toBe(4)
  })

  it("loads the checkpoint again when somebody moved it", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.answer(0, "well")
    world.checkpoints.fill(1)
    world.saveDue()
    world.answer(asked(world).indexOf("save"), "well")
    expect(asked(world)).toContain("load")
  })

  it("backs off when somebody moves it again and again", () => {
    const world = aWorld({ events: 9, saveEvery: 1, batchSize: 1 })
    world.hold(everything)
    for (let steps = 0; steps < 40 && !world.isBackingOff; steps++) {
      const save = asked(world).indexOf("save")
      world.answer(Math.max(0, save), save < 0 ? "well" : "refused")
    }
    expect(world.isBackingOff).toBe(true)
    world.calm()
    expect(world.checkpoints[0]).toBe(9)
  })

  it("asks for its leases when they are somebody else's", () => {
    const world = aWorld({ events: 2 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.fences.set("slots-0-1023", 2)
    world.answer(0, "well")
    world.saveDue()
    world.answer(asked(world).indexOf("save"), "well")
    expect(world.state.held).toEqual([])
    expect(world.checkpoints[0]).toBe(0)
  })

  it("stays in a transaction with its handler", () => {
    const world = aWorld({ events: 2, transactional: true })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.answer(0, "well")
    expect(asked(world)).not.toContain("save")
    expect(world.checkpoints[0]).toBe(2)
  })
})

describe("failing", () => {
  it("tries an event again, alone, as often as it may, and stops", () => {
    const world = aWorld({ events: 3 })
    world.poison.add(2)
    world.hold(everything)
    const attempts: number[] = []
    for (let steps = 0; steps < 100 && world.settled === undefined; steps++) {
      const action = world.requests[0]?.action
      if (action?.type === "handle" && action.events[0]?.position === 2) attempts.push(action.attempt)
      if (action === undefined) world.backedOff()
      else world.answer(0, "well")
    }
    expect(attempts).toEqual([2, 3])
    expect(world.settled?.failure).toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      position: 2,
      eventId: "event-2",
    })
    expect(world.checkpoints[0]).toBe(1)
  })

  it("doesn't count failures that are no event's fault", () => {
    const world = aWorld({ events: 1 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    for (let attempt = 0; attempt < 10; attempt++) {
      world.answer(0, "handler-stumbles")
      world.backedOff()
    }
    expect(world.state.phase).toBe("running")
    world.calm()
    expect(world.handled).toHaveLength(1)
  })

  it("doesn't try again what is permanent", () => {
    const world = aWorld({ events: 1, isPermanent: () => true })
    world.poison.add(1)
    world.hold(everything)
    world.calm()
    expect(world.settled?.failure).toMatchObject({
      position: 1,
      message: expect.stringContaining("failed: no"),
    })
  })

  it("stops at once when the store is closed", () => {
    const world = aWorld()
    world.hold(everything)
    world.requests.length = 0
    const error = new AnnalsError("CLOSED", "closed")
    world.input({ type: "work-failed", error })
    expect(world.settled).toEqual({ failure: error })
  })

  it("handles the events of a failed batch one by one, of which nobody knows which failed", () => {
    const world = aWorld({ events: 3 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.requests.length = 0
    world.input({
      type: "handler-failed",
      done: undefined,
      first: 1,
      last: 3,
      culprit: undefined,
      error: new Error("no"),
      at: 0,
    })
    world.backedOff()
    const sizes: number[] = []
    while (world.handled.length < 3) {
      const action = world.requests[0]?.action
      if (action?.type === "handle") sizes.push(action.events.length)
      world.answer(0, "well")
    }
    expect(sizes).toEqual([1, 1, 1])
  })
})

describe("parking", () => {
  it("parks an event and the rest of its stream, and handles the others", () => {
    const world = aWorld({ events: 6, onFailure: "park", attempts: 1 })
    world.poison.add(1)
    world.hold(everything)
    world.calm()
    expect(world.deadLetters.map(({ position }) => position)).toEqual([1, 3, 5])
    expect(world.deadLetters.map(({ failure }) => failure?.attempts)).toEqual([1, undefined, undefined])
    expect(world.handled.map(({ position }) => position)).toEqual([2, 4, 6])
    expect(world.checkpoints[0]).toBe(6)
  })

  it("replays a requeued stream before newer events, and goes on with it", () => {
    const world = aWorld({ events: 3, onFailure: "park", attempts: 1 })
    world.poison.add(1)
    world.hold(everything)
    world.calm()
    world.poison.clear()
    world.requeued.add("\0thing\x000")
    world.append("0")
    world.input({ type: "look-due" })
    world.input({ type: "woken" })
    world.calm()
    expect(world.handled.map(({ position }) => position)).toEqual([2, 1, 3, 4])
    expect(world.state.parked.size).toBe(0)
  })

  it("leaves a stream parked that fails again", () => {
    const world = aWorld({ events: 3, onFailure: "park", attempts: 1 })
    world.poison.add(1)
    world.hold(everything)
    world.calm()
    world.requeued.add("\0thing\x000")
    world.input({ type: "look-due" })
    world.calm()
    expect(world.deadLetters).toHaveLength(2)
    expect(world.state.parked.size).toBe(1)
  })
})

describe("giving up slots", () => {
  it("finishes what it is at, saves, and only then releases", () => {
    const world = aWorld({ events: 4 })
    world.hold(halves)
    world.answer(0, "well")
    world.answer(0, "well")
    expect(asked(world)).toContain("handle")
    world.hold(halves, ["slots-512-1023"])
    expect(world.interrupted).toBe(true)
    expect(world.released).toEqual([])
    world.calm()
    expect(world.released).toEqual(["slots-512-1023"])
    expect(world.state.held.map(({ resource }) => resource)).toEqual(["slots-0-511"])
    expect(world.problems).toEqual([])
  })

  it("ends a backoff to let them go", () => {
    const world = aWorld({ events: 2 })
    world.hold(halves)
    world.answer(0, "store-fails")
    expect(world.isBackingOff).toBe(true)
    world.hold(halves, ["slots-0-511"])
    expect(world.isBackingOff).toBe(false)
    expect(world.released).toEqual(["slots-0-511"])
  })
})

describe("pausing and stopping", () => {
  it("saves what is handled, and handles and reads nothing while paused", () => {
    const world = aWorld({ events: 8 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.input({ type: "pause" })
    world.answer(0, "well") // the handler that ran
    world.calm()
    expect(world.checkpoints[0]).toBe(3)
    world.input({ type: "woken" })
    expect(asked(world)).toEqual([])
    world.input({ type: "resume" })
    world.calm()
    expect(world.handled).toHaveLength(8)
  })

  it("ends a backoff, saves and settles", () => {
    const world = aWorld({ events: 3 })
    world.poison.add(2)
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.answer(0, "well")
    expect(world.isBackingOff).toBe(true)
    world.input({ type: "stop" })
    expect(world.isBackingOff).toBe(false)
    world.calm()
    expect(world.settled).toEqual({ failure: undefined })
    expect(world.checkpoints[0]).toBe(1)
  })

  it("settles also when the last save fails: what wasn't saved is handled again", () => {
    const world = aWorld({ events: 3 })
    world.hold(everything)
    world.answer(0, "well")
    world.answer(0, "well")
    world.input({ type: "stop" })
    world.answer(0, "well")
    expect(asked(world)).toContain("save")
    world.answer(asked(world).indexOf("save"), "store-fails")
    expect(world.settled).toEqual({ failure: undefined })
  })

  it("does nothing after its end", () => {
    const world = aWorld({ events: 3 })
    world.hold(everything)
    world.input({ type: "stop" })
    world.calm()
    world.input({ type: "woken" })
    world.input({ type: "resume" })
    world.hold(everything)
    expect(asked(world)).toEqual([])
  })
})
