import { slotCount, streamName } from "@annals/core"
import fc from "fast-check"
import { expect, it } from "vitest"
import { isRetryable } from "../../src/options/check-retry.ts"
import type { MachineSettings } from "../../src/subscription/machine/machine-state.ts"
import { type Fate, nameOf, SimulatedWorld } from "./simulated-world.ts"

const half = slotCount / 2
const blocks = [
  { first: 0, last: half - 1 },
  { first: half, last: slotCount - 1 },
]

type Step =
  | { readonly do: "append"; readonly stream: number }
  | { readonly do: "answer"; readonly index: number; readonly fate: Fate }
  | { readonly do: "hold"; readonly which: readonly number[]; readonly surplus: boolean }
  | { readonly do: "fence"; readonly which: number }
  | { readonly do: "requeue" | "look" | "wake" | "backed-off" | "save-due" | "pause" | "resume" }

const fates: readonly Fate[] = [
  "well",
  "store-fails",
  "handler-fails",
  "handler-stumbles",
  "partly",
  "refused",
]

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("append"), stream: fc.nat(4) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("answer"),
      index: fc.nat(1),
      fate: fc.oneof({ weight: 3, arbitrary: fc.constant<Fate>("well") }, fc.constantFrom(...fates)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("hold"), which: fc.subarray([0, 1]), surplus: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fence"), which: fc.nat(1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "requeue",
        "look",
        "wake",
        "wake",
        "wake",
        "backed-off",
        "save-due",
        "pause",
        "resume",
      ),
    }),
  },
) as never

const settings = fc.record({
  name: fc.constant("s"),
  transactional: fc.boolean(),
  batchSize: fc.constantFrom(1, 2, 5),
  saveEvery: fc.constantFrom(1, 3, 100),
  attempts: fc.constantFrom(1, 2, 3),
  onFailure: fc.constant<"park">("park"),
})

const poison = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 })

function play(world: SimulatedWorld, steps: readonly Step[]): void {
  for (const one of steps) {
    switch (one.do) {
      case "append":
        world.append(`${one.stream}`)
        break
      case "answer":
        if (world.requests.length > 0) world.answer(one.index, one.fate)
        break
      case "hold": {
        const held = one.which.map((index) => blocks[index] as (typeof blocks)[number])
        world.hold(held, one.surplus && held[0] !== undefined ? [nameOf(held[0])] : [])
        break
      }
      case "fence": {
        const resource = nameOf(blocks[one.which] as (typeof blocks)[number])
        world.fences.set(resource, (world.fences.get(resource) ?? 1) + 1)
        break
      }
      case "requeue":
        for (const { stream } of world.deadLetters) world.requeued.add(streamName(stream))
        break
      case "look":
        world.input({ type: "look-due" })
        break
      case "wake":
        world.input({ type: "woken" })
        break
      case "backed-off":
        world.backedOff()
        break
      case "save-due":
        world.saveDue()
        break
      case "pause":
      case "resume":
        world.input({ type: one.do })
        break
    }
  }
}

/** Faults end: everything is held, nothing is poison, and everybody is told. */
/** Faults end: everything is held, nothing is poison, and everybody was told of everything before. */
function comeToRest(world: SimulatedWorld): void {
  world.poison.clear()
  world.input({ type: "woken" })
  world.input({ type: "resume" })
  world.hold(blocks)
  world.calm()
  for (const { stream } of world.deadLetters) world.requeued.add(streamName(stream))
  world.input({ type: "look-due" })
  world.calm()
}

const isOrdered = (versions: readonly number[]) =>
  versions.every((version, index) => index === 0 || version <= (versions[index - 1] as number) + 1)

it("handles every event, never out of order, whatever happens and when", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(settings, poison, fc.array(step, { minLength: 20, maxLength: 150 }), (given, bad, steps) => {
      const machine: MachineSettings = { ...given, isPassing: isRetryable, isPermanent: () => false }
      const world = new SimulatedWorld(machine)
      for (const position of bad) world.poison.add(position)
      world.hold(blocks)
      play(world, steps)
      comeToRest(world)
      expect(world.problems).toEqual([])
      expect(new Set(world.handled.map(({ position }) => position)).size).toBe(world.log.length)
      expect(world.deadLetters).toEqual([])
      expect(Math.min(...world.checkpoints)).toBe(world.log.length)
      for (let stream = 0; stream < 5; stream++) {
        const versions = world.handled
          .filter(({ stream: { id } }) => id === `${stream}`)
          .map(({ version }) => version)
        // A repeat goes back; nothing ever jumps ahead.
        expect(isOrdered(versions)).toBe(true)
        if (given.transactional) expect(versions).toEqual(versions.map((_, index) => index + 1))
      }
    }),
    { numRuns: 1500 },
  )
})

it("stops at any time, with nothing under way and the checkpoint where it got", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(settings, fc.array(step, { maxLength: 60 }), (given, steps) => {
      const world = new SimulatedWorld({ ...given, isPassing: isRetryable, isPermanent: () => false })
      world.hold(blocks)
      play(world, steps)
      world.input({ type: "stop" })
      const reached = world.state.work === undefined ? world.state.unsaved.position : undefined
      world.calm()
      expect(world.settled).toEqual({ failure: undefined })
      expect(world.state.phase).toBe("stopped")
      expect(world.problems).toEqual([])
      expect(reached).toBeOneOf([undefined, world.state.unsaved.position])
    }),
    { numRuns: 1000 },
  )
})

it("stops at an event that can't be handled, with everything before it handled and saved, and nothing behind it", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(
      settings,
      fc.integer({ min: 1, max: 10 }),
      fc.array(step, { maxLength: 60 }),
      (given, bad, steps) => {
        const world = new SimulatedWorld({
          ...given,
          onFailure: "stop",
          isPassing: isRetryable,
          isPermanent: () => false,
        })
        world.poison.add(bad)
        for (let index = 0; index < 10; index++) world.append(`${index % 3}`)
        world.hold([{ first: 0, last: slotCount - 1 }])
        play(
          world,
          steps.filter(({ do: what }) => what === "wake" || what === "save-due" || what === "backed-off"),
        )
        world.calm()
        expect(world.problems).toEqual([])
        expect(world.state.phase).toBe("failed")
        expect(world.settled?.failure).toMatchObject({ code: "SUBSCRIPTION_FAILED", position: bad })
        expect(world.handled.map(({ position }) => position)).toEqual(
          Array.from({ length: bad - 1 }, (_, index) => index + 1),
        )
        expect(world.checkpoints[0]).toBe(bad - 1)
      },
    ),
    { numRuns: 1000 },
  )
})
